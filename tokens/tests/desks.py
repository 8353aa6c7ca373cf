"""Where staff sits: the admin's pages, and what is done there."""

from django.test import Client

from accounts.models import User
from tokens.tests.clients import allow


def staff(user: User, *permissions: str) -> Client:
    allow(user, *permissions)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk), backend="accounts.backends.PasswordBackend")
    return client


def act(client: Client, page: str, action: str, *rows: object, **more: str) -> int:
    chosen = {"action": action, "_selected_action": [str(row) for row in rows], "index": "0", **more}
    return client.post(page, chosen).status_code
