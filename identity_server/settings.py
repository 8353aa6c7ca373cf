"""Django's settings, derived from the typed configuration. PROVISIONAL until config.py arrives."""

from datetime import timedelta
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
SECRET_KEY = "provisional-provisional-provisional-provisional-provisional"
ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
ALLOWED_HOSTS = ["*"]
PUBLIC_URL = "http://127.0.0.1:8000"
TRUSTED_PROXIES: list[str] = []
VAR_DIR = BASE_DIR / "var"
EMBEDDED = True
CACHE_SHARED = False
METRICS_TOKEN = ""
METRICS_ALLOWED = ["127.0.0.0/8", "::1/128"]
PRODUCT_NAME = "Identity Server"
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
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
    "events",
    "accounts",
    "rbac",
    "tokens",
    "console",
    "identity_server",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "identity_server.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
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
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend", "rbac.backends.RoleBackend"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
REFRESH_IDLE_LIFETIME = timedelta(days=14)
REFRESH_ABSOLUTE_LIFETIME = timedelta(days=90)
REFRESH_GRACE = timedelta(seconds=10)
TOKEN_ISSUER = PUBLIC_URL
TOKEN_AUDIENCE = PUBLIC_URL
SIGNING_ALGORITHM = "ES256"
SIGNING_KEY_LIFETIME = timedelta(days=30)
JWKS_CACHE_SECONDS = 300
PASSWORD_MIN_LENGTH = 12
PASSWORD_MAX_LENGTH = 1024
PASSWORD_MIN_SCORE = 3
SIGN_IN_ACCOUNT_LIMIT = 10
SIGN_IN_ADDRESS_LIMIT = 100
SIGN_IN_WINDOW = timedelta(minutes=15)
SIGN_IN_LOCK = timedelta(minutes=15)
VERIFY_EMAIL_LIFETIME = timedelta(days=1)
RESET_PASSWORD_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)
UNVERIFIED_ACCOUNT_LIFETIME = timedelta(days=7)
REGISTRATION_OPEN = True
OUTBOX_RETENTION = timedelta(days=7)
SESSION_RETENTION = timedelta(days=7)
DELIVERY_LEASE = timedelta(seconds=60)
DELIVERY_MAX_ATTEMPTS = 12
RELAY_BATCH = 200
EVENTS_KICK = True
API_RATE_LIMIT = "600/min"
BODY_LIMIT = 1024 * 1024
JSON_DEPTH_LIMIT = 32
DEFAULT_FROM_EMAIL = "identity@localhost"
IDEMPOTENCY_STORE = "events.services.idempotency"
ARGON2_MEMORY_KIB = 19456
ARGON2_TIME = 2
ARGON2_PARALLELISM = 1
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["tokens.backends.AccessTokenAuthentication"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
