"""Every kind of secret at every door: each opens its own, and only its own (security E6, E9, E10)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import LinkPurpose, ServiceAccount, User
from accounts.services import links
from accounts.services.links import Asked
from common import secrets
from common.actors import SYSTEM
from conftest import PASSWORD
from rbac.tests.factories import give
from tokens.models import ApiKey, ServiceCredential, Session, SigningKey
from tokens.services import api_keys
from tokens.tests.clients import bearing, post, sign_in
from tokens.tests.machines import GRANT, ask, basic, buy, machine, secret_of

NEW = "unrelated volcano pencil"
Secrets = dict[str, str]
Door = Callable[[str], Any]
pytestmark = [pytest.mark.wide, pytest.mark.django_db]


def the_machine() -> str:
    return str(ServiceAccount.objects.get().pk)


def with_cookie(said: str) -> Any:
    browser = APIClient()
    browser.cookies[settings.SESSION_COOKIE_NAME] = said
    return browser.get("/admin/")


def introspecting(said: str) -> Any:
    form = urlencode({"token": said})
    return bearing(said).post("/api/v1/token/introspect/", form, content_type="application/x-www-form-urlencoded")


DOORS: dict[str, Door] = {
    "api": lambda said: bearing(said).get("/api/v1/me/permissions/"),
    "me": lambda said: bearing(said).get("/api/v1/me/"),
    "my sessions": lambda said: bearing(said).delete("/api/v1/me/sessions/"),
    "introspecting": introspecting,
    "refresh": lambda said: post("token/refresh/", {"refresh": said}),
    "verify": lambda said: post("token/verify/", {"token": said}),
    "password": lambda said: post("token/", {"email": "alice@example.org", "password": said}),
    "verify e-mail": lambda said: post("accounts/verify-email/", {"token": said}),
    "reset password": lambda said: post("accounts/password/reset/confirm/", {"token": said, "password": NEW}),
    "accept invitation": lambda said: post("accounts/invitations/accept/", {"token": said, "password": NEW}),
    "client secret": lambda said: ask({**GRANT, "client_id": the_machine(), "client_secret": said}),
    "basic": lambda said: ask(GRANT, authorization=basic(the_machine(), said)),
    "bearer for a client": lambda said: ask(GRANT, authorization=f"Bearer {said}"),
    "cookie": with_cookie,
}
OPENS: dict[str, set[str]] = {
    "access of a person": {"api", "me", "my sessions", "introspecting", "verify"},
    "access of a machine": {"api", "introspecting", "verify"},
    "refresh": {"refresh", "verify"},
    "API key": {"api", "me", "introspecting"},
    "client secret": {"client secret", "basic"},
    "verify link": {"verify e-mail"},
    "reset link": {"reset password"},
    "invitation": {"accept invitation"},
    "cookie": {"cookie"},
    "password": {"password"},
    "digest of a key": set(),
    "digest of a secret": set(),
    "hint of a key": set(),
    "epoch": set(),
    "session id": set(),
    "kid": set(),
    "junk": set(),
    "nothing": set(),
}
TABLE = [(kind, door, door in opened) for kind, opened in OPENS.items() for door in DOORS]


def link(user: User, purpose: LinkPurpose) -> str:
    now = timezone.now()
    return str(links.issue(user, purpose, asked=Asked(uuid4(), now), at=now))


@pytest.fixture
def held(alice: User, root: User, person: Callable[..., User]) -> Secrets:
    """One of each kind, and what is stored of some. Alice and the machine may introspect."""
    cache.clear()
    give(alice, "token:introspect")
    pair, browser = sign_in(alice), APIClient()
    browser.force_login(root, backend="accounts.backends.PasswordBackend")
    added = secret_of(machine("billing", "token:introspect"))
    made = api_keys.create(alice, name="script", actor=SYSTEM, at=timezone.now())
    return {
        "access of a person": pair["access"],
        "access of a machine": buy(added),
        "refresh": pair["refresh"],
        "API key": made.value,
        "client secret": added.client_secret,
        "verify link": link(person("carol", email_verified_at=None), LinkPurpose.VERIFY_EMAIL),
        "reset link": link(alice, LinkPurpose.RESET_PASSWORD),
        "invitation": link(person("dora", password_changed_at=None), LinkPurpose.INVITATION),
        "cookie": browser.cookies[settings.SESSION_COOKIE_NAME].value,
        "password": PASSWORD,
        "digest of a key": made.key.digest,
        "digest of a secret": f"ids_{added.credential.digest}",
        "hint of a key": made.key.hint,
        "epoch": str(added.credential.epoch),
        "session id": pair["session_id"],
        "kid": SigningKey.objects.get().kid,
        "junk": secrets.issue("idk").value,
        "nothing": "",
    }


@pytest.mark.parametrize(("kind", "door", "opens"), TABLE)
def test_a_secret_opens_its_own_doors_and_no_other(held: Secrets, kind: str, door: str, opens: bool) -> None:
    answer = DOORS[door](held[kind])

    assert (answer.status_code < 300) == opens, answer.content
    assert opens or answer.status_code in {302, 400, 401, 403}


@pytest.mark.parametrize("kind", [kind for kind in OPENS if kind not in {"access of a person", "refresh"}])
def test_what_is_no_token_of_a_session_ends_none(held: Secrets, kind: str) -> None:
    answer = post("token/revoke/", {"token": held[kind]})

    assert answer.status_code in {200, 400}
    assert Session.objects.filter(revoked_at=None).count() == 1
    assert ServiceCredential.objects.get().revoked_at is None
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize("kind", OPENS)
@pytest.mark.parametrize("place", ["query", "form", "header"])
def test_a_secret_in_the_wrong_place_is_none(held: Secrets, kind: str, place: str) -> None:
    said = held[kind]
    answers = {
        "query": lambda: APIClient().get(f"/api/v1/me/?{urlencode({'access_token': said, 'token': said})}"),
        "form": lambda: APIClient().post("/api/v1/me/api-keys/", {"access_token": said}, format="json"),
        "header": lambda: APIClient().get("/api/v1/me/", headers={"X-Api-Key": said, "Cookie": f"access={said}"}),
    }

    assert answers[place]().status_code == 401


def test_a_machine_whose_id_is_a_person_s_is_not_that_person(alice: User) -> None:
    now = timezone.now()
    twin = ServiceAccount.objects.create(pk=alice.pk, name="twin", created_at=now, updated_at=now)
    give(alice, "user:view")
    hers = sign_in(alice)["access"]

    its = bearing(buy(secret_of(twin)))

    assert its.get("/api/v1/me/").json()["code"] == "session_required"
    assert its.get("/api/v1/users/").status_code == 403
    assert its.delete("/api/v1/me/sessions/").status_code == 403
    assert bearing(hers).get("/api/v1/users/").status_code == 200
