"""What staff do in the admin, as posts."""

from typing import Any

from django.test import Client
from django.urls import reverse

from rbac.models import Role


def page(model: str, view: str, *args: object) -> str:
    return reverse(f"admin:rbac_{model}_{view}", args=args)


def add(client: Client, model: str, **form: Any) -> Any:
    return client.post(page(model, "add"), form, follow=True)


def change(client: Client, role: Role, **form: Any) -> Any:
    untouched = {"title": "", "description": "", "_confirmed": "yes"}
    return client.post(page("role", "change", role.pk), {**untouched, **form}, follow=True)


def act(client: Client, where: str, action: str, *rows: Any, **more: str) -> Any:
    chosen = [str(row.pk) for row in rows]
    return client.post(where, {"action": action, "_selected_action": chosen, **more}, follow=True)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def role_page(role: Role) -> str:
    return page("role", "change", role.pk)
