"""The stock peer's, with what django-guardian's documentation adds."""

from benchmarks.peers.simplejwt import settings as stock

SECRET_KEY = stock.SECRET_KEY
INSTALLED_APPS = [*stock.INSTALLED_APPS, "guardian", "benchmarks.peers.objects"]
MIDDLEWARE, TEMPLATES = stock.MIDDLEWARE, stock.TEMPLATES
DATABASES = stock.DATABASES
USE_TZ = True
DEFAULT_AUTO_FIELD = stock.DEFAULT_AUTO_FIELD
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "guardian.backends.ObjectPermissionBackend"]
# Nobody asks here without having signed in, so its anonymous person is left out.
ANONYMOUS_USER_NAME = None
