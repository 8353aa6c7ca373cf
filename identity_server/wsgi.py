"""What granian serves."""

import os

import django

from common.http.wsgi import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
django.setup(set_prefix=False)
application = Handler()
