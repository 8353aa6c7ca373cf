"""The doors of the API as a client finds them, by their paths alone."""

import json
from typing import Any

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD

NEW = "unrelated volcano pencil"
EVIL = "evil.example"
# All the ways in which a request can claim to have come to another host.
POISON = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Port": "666",
    "X-Forwarded-Proto": "gopher",
    "X-Host": EVIL,
    "X-Original-URL": f"//{EVIL}/",
    "Forwarded": f"host={EVIL};proto=gopher",
    "Origin": f"https://{EVIL}",
    "Referer": f"https://{EVIL}/",
}


def ask(path: str, body: object, client: APIClient | None = None, /, **headers: str) -> Any:
    # Not by DRF's renderer, which cannot write half a surrogate pair.
    said = json.dumps(body)
    return (client or APIClient()).post(f"/api/v1/{path}", said, content_type="application/json", headers=headers)


def refusal_of(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """All of a refusal that a client acts on."""
    said = answer.json()
    return answer.status_code, said["code"], [(each["field"], each["code"]) for each in said.get("errors", [])]


def try_token_door(email: str, password: str, **headers: str) -> bool:
    return bool(ask("token/", {"email": email, "password": password}, **headers).status_code == 200)


def try_staff_door(email: str, password: str, **headers: str) -> bool:
    return Client().post("/admin/login/", {"username": email, "password": password}, headers=headers).status_code == 302


def try_change(owner: User, password: str, **headers: str) -> bool:
    """Whether the password is taken for her current one; it stays what it was."""
    client = APIClient()
    client.force_authenticate(owner)
    body = {"current_password": password, "password": PASSWORD}
    return bool(ask("me/password/", body, client, **headers).status_code == 204)
