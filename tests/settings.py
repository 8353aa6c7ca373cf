"""The tests' settings: the embedded default, with a fast hash and a throw-away folder."""

from pathlib import Path
from tempfile import mkdtemp

from identity_server.settings import *  # noqa: F403

VAR_DIR = Path(mkdtemp(prefix="identity-server-tests-"))
PASSWORD_HASHERS = ["tests.hashers.OneRound"]
EVENTS_KICK = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
