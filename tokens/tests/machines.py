"""Machines at the API, for real: they have a secret, buy a token with it and bear that."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ServiceAccount
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.tests.factories import give
from tokens.services import credentials
from tokens.services.credentials import Added

GRANT = {"grant_type": "client_credentials"}


def machine(name: str = "billing", *patterns: str) -> ServiceAccount:
    account = service_accounts.create(name, actor=SYSTEM, at=timezone.now())
    if patterns:
        give(account, *patterns)
    return account


def secret_of(account: ServiceAccount, **terms: Any) -> Added:
    added = credentials.add(account, **terms, actor=SYSTEM, at=timezone.now())
    assert isinstance(added, Added)
    return added


def basic(client_id: object, client_secret: str) -> str:
    pair = f"{quote_plus(str(client_id))}:{quote_plus(client_secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def ask(form: dict[str, str] | str, *, authorization: str = "", path: str = "/oauth2/token") -> Any:
    """Asks the token endpoint, as a form."""
    body = form if isinstance(form, str) else urlencode(form)
    headers = {"Authorization": authorization} if authorization else {}
    return APIClient().post(path, body, content_type="application/x-www-form-urlencoded", headers=headers)


def buy(added: Added, **more: str) -> str:
    """An access token for the machine whose secret this is."""
    asked = basic(added.credential.service_account_id, added.client_secret)
    answer = ask({**GRANT, **more}, authorization=asked)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])
