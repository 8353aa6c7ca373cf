"""Django's settings: everything an operator may choose comes from `identity_server.config`, the rest stands here."""

import logging as levels

from console import branding
from identity_server import broker, csp, logging
from identity_server.config import derived, load_or_exit
from identity_server.config.environment import PROJECT

config = load_or_exit()
server, security, accounts = config.given.server, config.given.security, config.given.accounts
tokens, events = config.given.tokens, config.given.events

# What this server is, and where
BASE_DIR = PROJECT
DEBUG = server.debug
EMBEDDED = config.embedded
PUBLIC_URL = config.public_url
PRODUCT_NAME = server.product_name
BIND = server.bind
SIGN_IN_BIND = config.sign_in_bind
VAR_DIR = config.var_dir
WEB_WORKERS = server.web_workers
WORKER_CONCURRENCY = server.worker_concurrency
TRUSTED_PROXIES = list(server.trusted_proxies)
METRICS_TOKEN = server.metrics_token.get_secret_value() if server.metrics_token else ""
METRICS_ALLOWED = list(server.metrics_allowed)
BODY_LIMIT = server.body_limit
JSON_DEPTH_LIMIT = server.json_depth_limit
ADMIN_EMAIL = accounts.admin_email
ADMIN_PASSWORD = accounts.admin_password.get_secret_value() if accounts.admin_password else ""

INSTALLED_APPS = [
    "identity_server",  # its commands stand in for those of Django that would go around our services
    "console.apps.ConsoleConfig",  # its templates come before unfold's
    "unfold.apps.BasicAppConfig",  # the one that leaves the admin site to us
    "unfold.contrib.filters",
    "console.apps.StaffSiteConfig",  # django.contrib.admin, with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_celery_beat",
    "django_celery_results",
    "django_structlog",
    "csp",
    "health_check",
    "events",
    "accounts",
    "rbac",
    "tokens",
]
MIDDLEWARE = [
    "common.http.middleware.RequestId",
    "common.http.middleware.SecurityHeaders",
    # Before all that looks at the Host: probes and scrapers ask this node, not the public origin.
    "identity_server.health.middleware.Probes",
    "django.middleware.security.SecurityMiddleware",
    "identity_server.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "identity_server.requests.Observed",
    "common.http.middleware.BodyLimit",
    "common.http.pages.Sessions",
    "common.http.middleware.Slashes",
    "common.http.pages.Csrf",
    "common.http.pages.SignedIn",
    "common.http.pages.Messages",
    "common.http.pages.Frames",
]
# They look for Django's own names; ours are subclasses that step aside for the API (common.http.pages).
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W003"]
ROOT_URLCONF = "identity_server.urls"
WSGI_APPLICATION = "identity_server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["console.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Services
DATABASES = {"default": derived.database(config)}
CACHES = {"default": derived.cache(config)}
BROKER_EMBEDDED = config.given.broker.broker_url is None
CACHE_SHARED = config.given.cache.redis_url is not None
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
DEFAULT_FROM_EMAIL = SERVER_EMAIL = config.given.mail.email_from
EMAIL_FILE_PATH = VAR_DIR / "mail"
globals().update(derived.mail(config))

# Keys, cookies, headers
SECRET_KEY = config.secret_key
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in security.secret_key_fallbacks]
ENCRYPTION_KEYS = config.encryption_keys
ALLOWED_HOSTS = config.allowed_hosts
USE_X_FORWARDED_HOST = False
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Without a proxy that tells the scheme, a redirect to https would go round in circles.
SECURE_SSL_REDIRECT = config.https and bool(TRUSTED_PROXIES)
SECURE_HSTS_SECONDS = 31_536_000 if config.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = config.https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A cookie with this prefix cannot be set by a neighbour domain, nor over http.
SESSION_COOKIE_NAME = "__Host-session" if config.https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if config.https else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = config.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.STRICT}
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend", "rbac.backends.RoleBackend"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# No other: a hash that takes another time tells by it that there is an account.
PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]
ARGON2_MEMORY_KIB = security.argon2_memory_kib
ARGON2_TIME = security.argon2_time
ARGON2_PARALLELISM = security.argon2_parallelism
HASHING_SLOTS = config.hashing_slots
HASHING_QUEUE = server.hashing_queue
HASHING_WAIT = server.hashing_wait
PASSWORD_MIN_LENGTH = security.password_min_length
PASSWORD_MAX_LENGTH = security.password_max_length
PASSWORD_MIN_SCORE = security.password_min_score
SIGN_IN_ACCOUNT_LIMIT = security.sign_in_account_limit
SIGN_IN_ADDRESS_LIMIT = security.sign_in_address_limit
SIGN_IN_WINDOW = security.sign_in_window
SIGN_IN_LOCK = security.sign_in_lock
API_RATE_LIMIT = security.api_rate_limit
REGISTRATION_OPEN = accounts.registration_open
VERIFY_EMAIL_LIFETIME = accounts.verify_email_lifetime
RESET_PASSWORD_LIFETIME = accounts.reset_password_lifetime
INVITATION_LIFETIME = accounts.invitation_lifetime
UNVERIFIED_ACCOUNT_LIFETIME = accounts.unverified_account_lifetime
ROLE_EXPIRY_WARNING = config.given.access.role_expiry_warning

# Tokens
ACCESS_TOKEN_LIFETIME = tokens.access_token_lifetime
REFRESH_IDLE_LIFETIME = tokens.refresh_idle_lifetime
REFRESH_ABSOLUTE_LIFETIME = tokens.refresh_absolute_lifetime
REFRESH_GRACE = tokens.refresh_grace
TOKEN_ISSUER = TOKEN_AUDIENCE = PUBLIC_URL
SIGNING_ALGORITHMS = list(tokens.signing_algorithms)
SIGNING_ALGORITHM = SIGNING_ALGORITHMS[0]
SIGNING_KEY_LIFETIME = tokens.signing_key_lifetime
JWKS_CACHE_SECONDS = int(tokens.jwks_cache.total_seconds())
SESSION_RETENTION = tokens.session_retention

# Events and tasks
OUTBOX_RETENTION = events.outbox_retention
RESULT_RETENTION = events.result_retention
DELIVERY_LEASE = events.delivery_lease
DELIVERY_MAX_ATTEMPTS = events.delivery_max_attempts
RELAY_BATCH = events.relay_batch
EVENTS_KICK = True
IDEMPOTENCY_STORE = "events.services.idempotency"
globals().update(broker.celery_settings(config))

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tokens.backends.AccessTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["common.http.permissions.HoldsWhatIsNeeded"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.http.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.http.negotiation.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "common.http.schema.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "common.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": PRODUCT_NAME,
    "DESCRIPTION": "Accounts, roles, tokens and decisions. Each operation names the permission that it needs.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVERS": [{"url": PUBLIC_URL}],
    "COMPONENT_SPLIT_REQUEST": True,
    # What a reviewer says of an assignment, and what is done where nobody says anything, are the same two words.
    "ENUM_NAME_OVERRIDES": {"VerdictEnum": [("keep", "Keep"), ("remove", "Remove")]},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}

# The admin site
UNFOLD = branding.UNFOLD

# Files: collected once where STATIC_ROOT is given (as in the image), else straight from the packages
STATIC_URL = "/static/"
STATIC_ROOT = server.static_root
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
COLLECTED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": COLLECTED if STATIC_ROOT else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# The log
_log_is_json = server.log_format == "json" or (server.log_format == "auto" and not EMBEDDED)
LOGGING = logging.dict_config(json=_log_is_json, level=server.log_level)
logging.configure_structlog(json=_log_is_json, level=server.log_level)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = levels.DEBUG
