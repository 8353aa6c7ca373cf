"""Every kind of secret at every door, and every way to bend one: only the diagonal opens (security E1-E3, E6, E10, E11)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import LinkPurpose, User
from accounts.services import links
from accounts.services.links import Asked
from conftest import PASSWORD
from events.models import Event
from tokens.models import Session, SigningKey
from tokens.tests.clients import bearing, post, sign_in
from tokens.tests.factories import altered, segment

NEW = "unrelated volcano pencil"
Secrets = dict[str, str]
Door = Callable[[str], Any]

DOORS: dict[str, Door] = {
    "bearer": lambda said: bearing(said).get("/api/v1/me/"),
    "refresh": lambda said: post("token/refresh/", {"refresh": said}),
    "verify": lambda said: post("token/verify/", {"token": said}),
    "mail verify": lambda said: post("accounts/verify-email/", {"token": said}),
    "mail reset": lambda said: post("accounts/password/reset/confirm/", {"token": said, "password": NEW}),
    "mail invitation": lambda said: post("accounts/invitations/accept/", {"token": said, "password": NEW}),
    "password": lambda said: post("token/", {"email": "alice@example.org", "password": said}),
}
OPENS = {
    "access": {"bearer", "verify"},
    "refresh": {"refresh", "verify"},
    "mailed link": {"mail reset"},
    "password": {"password"},
    "session id": set(),
    "user id": set(),
    "key id": set(),
    "event id": set(),
    "admin cookie": set(),
    "nothing": set(),
}
TABLE = [(kind, door, door in opened) for kind, opened in OPENS.items() for door in DOORS]

pytestmark = [pytest.mark.wide, pytest.mark.django_db]


@pytest.fixture
def secrets(alice: User) -> Secrets:
    """One of each that Alice holds, or that somebody sees who looks over her shoulder."""
    pair = sign_in(alice)
    now = timezone.now()
    link = links.issue(alice, LinkPurpose.RESET_PASSWORD, asked=Asked(uuid4(), now), at=now)
    browser = APIClient()
    browser.force_login(alice, backend="accounts.backends.PasswordBackend")
    return {
        "access": pair["access"],
        "refresh": pair["refresh"],
        "mailed link": str(link),
        "password": PASSWORD,
        "session id": pair["session_id"],
        "user id": str(alice.pk),
        "key id": SigningKey.objects.get().kid,
        "event id": str(Event.objects.latest("id").pk),
        "admin cookie": browser.cookies[settings.SESSION_COOKIE_NAME].value,
        "nothing": "",
    }


@pytest.mark.parametrize(("kind", "door", "opens"), TABLE)
def test_a_secret_opens_its_own_doors_and_no_other(secrets: Secrets, kind: str, door: str, opens: bool) -> None:
    answer = DOORS[door](secrets[kind])

    assert (answer.status_code < 300) == opens
    assert opens or answer.status_code in {400, 401}


def test_a_cookie_of_the_admin_is_nobody_at_the_api(root: User) -> None:
    browser = APIClient()
    browser.force_login(root, backend="accounts.backends.PasswordBackend")

    answers = [browser.get("/api/v1/me/"), browser.delete("/api/v1/me/sessions/"), browser.get("/api/v1/sessions/")]

    assert [answer.status_code for answer in answers] == [401] * 3


@pytest.mark.parametrize("place", ["?access_token={}", "?token={}", "?Authorization=Bearer {}", "?jwt={}"])
def test_a_token_in_the_address_is_no_token(secrets: Secrets, place: str) -> None:
    answer = APIClient().get(f"/api/v1/me/{place.format(secrets['access'])}")

    assert answer.status_code == 401
    assert secrets["access"] not in answer.content.decode()


def flipped(token: str, part: int) -> str:
    parts = token.split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    return ".".join(parts)


def unsigned(token: str, alg: str) -> str:
    return altered(token, header={"alg": alg}).rpartition(".")[0] + "."


FORGERIES: dict[str, Callable[[str], str]] = {
    "header flipped": lambda token: flipped(token, 0),
    "payload flipped": lambda token: flipped(token, 1),
    "signature flipped": lambda token: flipped(token, 2),
    "signature dropped": lambda token: token.rpartition(".")[0] + ".",
    "two segments": lambda token: token.rpartition(".")[0],
    "four segments": lambda token: f"{token}.e30",
    "none": lambda token: unsigned(token, "none"),
    "nOnE": lambda token: unsigned(token, "nOnE"),
    "HS256": lambda token: altered(token, header={"alg": "HS256"}),
    "other user": lambda token: altered(token, payload={"sub": str(uuid4())}),
    "longer life": lambda token: altered(token, payload={"exp": 2**33}),
    "more roles": lambda token: altered(token, payload={"roles": ["administrator"]}),
    "foreign issuer": lambda token: altered(token, payload={"iss": "https://evil.example"}),
    "kid path": lambda token: altered(token, header={"kid": "../../dev/null"}),
    "kid quote": lambda token: altered(token, header={"kid": "' OR 1=1 --"}),
    "kid nul": lambda token: altered(token, header={"kid": "\x00"}),
    "kid list": lambda token: altered(token, header={"kid": ["x"]}),
    "jku": lambda token: altered(token, header={"jku": "https://evil.example/jwks.json"}),
    "jwk": lambda token: altered(token, header={"jwk": {"kty": "oct", "k": "eA"}}),
    "crit": lambda token: altered(token, header={"crit": ["x"], "x": 1}),
    "header no object": lambda token: segment([1]) + "." + token.partition(".")[2],
    "nested": lambda token: segment(b"[" * 3000) + "." + token.partition(".")[2],
    "padded": lambda token: token + "=",
    "upper case": str.upper,
    "blank inside": lambda token: token.replace(".", ". "),
    "newline": lambda token: token + "\n.",
    "wrapped": lambda token: urlsafe_b64encode(token.encode()).decode(),
    "cut": lambda token: token[:-1],
    "twice": lambda token: token + token,
    "32 kB": lambda token: token + "A" * 32_000,
}


@pytest.mark.parametrize("bend", FORGERIES)
@pytest.mark.parametrize(("kind", "door"), [("access", "bearer"), ("access", "verify"), ("refresh", "refresh")])
def test_a_bent_token_is_refused_in_the_same_words_at_every_door(
    secrets: Secrets, kind: str, door: str, bend: str
) -> None:
    token = FORGERIES[bend](secrets[kind])

    answer = DOORS[door](token.replace("\n", "") if door == "bearer" else token)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert DOORS[door](secrets[kind]).status_code == 200


@pytest.mark.parametrize("bend", FORGERIES)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_bent_token_ends_no_session(secrets: Secrets, kind: str, bend: str) -> None:
    answer = post("token/revoke/", {"token": FORGERIES[bend](secrets[kind])})

    assert (answer.status_code, answer.json()) == (200, {})
    assert Session.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_no_row_holds_a_token_that_could_be_presented(secrets: Secrets, kind: str) -> None:
    rows = str([*Session.objects.values(), *Event.objects.values(), *SigningKey.objects.values()])

    assert secrets[kind] not in rows
    assert secrets[kind].rpartition(".")[2] not in rows
