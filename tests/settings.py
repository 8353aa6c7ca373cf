"""The tests' settings: the embedded default or the services of the environment, a fast hash, a throw-away folder."""

import atexit
import os
import shutil
from tempfile import mkdtemp
from urllib.parse import urlsplit, urlunsplit

os.environ["ENV_FILE"] = ""
os.environ["VAR_DIR"] = mkdtemp(prefix="identity-server-tests-")
atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
if os.environ.get("DATABASE_URL"):
    os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")
    os.environ.setdefault("ENCRYPTION_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    os.environ.setdefault("PUBLIC_URL", "http://127.0.0.1:8000")
    os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost")
    # Eight threads that race on two busy cores may each wait for their turn.
    os.environ.setdefault("DATABASE_LOCK_TIMEOUT", "20s")

if os.environ.get("REDIS_URL"):
    # A number for each process of the run, since clearing a cache empties the whole number.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}"))

from identity_server.settings import *  # noqa: E402, F403
from identity_server.settings import CACHES, VAR_DIR  # noqa: E402

CACHES["default"]["KEY_PREFIX"] = VAR_DIR.name
PASSWORD_HASHERS = ["tests.hashers.OneRound", "accounts.hashers.Argon2idHasher"]
EVENTS_KICK = False
# Twenty who race for one thing are not a flood; the tests of the queue set their own.
HASHING_QUEUE = 100
# All tests come from one address; those about the limit set their own.
API_RATE_LIMIT = "1000000/min"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Each client of a test loads the middleware anew; it must not list all static files each time.
WHITENOISE_AUTOREFRESH = True
