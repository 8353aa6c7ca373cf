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
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
REFRESH_IDLE_LIFETIME = timedelta(days=14)
REFRESH_ABSOLUTE_LIFETIME = timedelta(days=90)
REFRESH_GRACE = timedelta(seconds=10)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
