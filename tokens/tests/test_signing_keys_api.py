"""GET /api/v1/signing-keys/ and POST rotate/."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from events.models import Event
from tokens.models import SigningKey
from tokens.services import keys
from tokens.tests.clients import allow, bearing, sign_in

pytestmark = pytest.mark.django_db
LIST, ROTATE = "/api/v1/signing-keys/", "/api/v1/signing-keys/rotate/"


@pytest.fixture
def desk(bob: User) -> APIClient:
    """Bob, who may look at the keys and rotate them."""
    allow(bob, "signing_key:view", "signing_key:rotate")
    return bearing(sign_in(bob)["access"])


def rotated(desk: APIClient, **body: Any) -> list[dict[str, Any]]:
    answer = desk.post(ROTATE, body, format="json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["keys"]
    return found


def test_the_list_tells_all_but_the_private_half(desk: APIClient) -> None:
    key = SigningKey.objects.get()

    (row,) = desk.get(LIST).json()["results"]

    assert set(row) == {
        *("id", "kid", "algorithm", "state", "created_at"),
        *("activated_at", "retired_at", "verifies_until", "public_jwk"),
    }
    assert (row["kid"], row["state"], row["retired_at"]) == (key.kid, "active", None)
    assert row["created_at"].endswith("Z")
    assert set(row["public_jwk"]) == {"kty", "crv", "x", "y"}


def test_the_list_does_not_read_the_private_half(desk: APIClient, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10) as asked:
        desk.get(LIST)

    of_the_list = [one["sql"] for one in asked.captured_queries if "LIMIT 51" in one["sql"]]
    assert of_the_list
    assert not [sql for sql in of_the_list if "sealed_private_key" in sql]


def test_an_rsa_key_is_told_as_well(desk: APIClient) -> None:
    keys.ensure(at=timezone.now(), algorithm="RS256")

    newest = desk.get(LIST).json()["results"][0]

    assert (newest["algorithm"], newest["public_jwk"]["e"]) == ("RS256", "AQAB")


def test_the_next_key_is_published_and_it_is_known_who_asked(desk: APIClient, bob: User) -> None:
    (key,) = rotated(desk)

    assert (key["state"], key["activated_at"]) == ("pending", None)
    assert Event.objects.get(subject_id=key["id"]).actor_id == bob.pk
    assert desk.get(LIST).json()["results"][0]["kid"] == key["kid"]


def test_asking_again_gives_the_same_key(desk: APIClient) -> None:
    assert rotated(desk) == rotated(desk)


def test_every_algorithm_is_rotated_or_the_one_asked_for(desk: APIClient, settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]
    keys.tend(at=timezone.now())

    assert [key["algorithm"] for key in rotated(desk, algorithm="EdDSA")] == ["EdDSA"]
    assert [key["algorithm"] for key in rotated(desk)] == ["ES256", "EdDSA"]


def test_in_an_emergency_the_callers_own_token_is_dead_too(desk: APIClient) -> None:
    (key,) = rotated(desk, emergency=True)

    assert SigningKey.objects.get().kid == key["kid"]
    assert desk.get(LIST).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"algorithm": "HS256"}, "unknown_algorithm"),
        ({"algorithm": "ES256", "emergency": True}, "unknown_algorithm"),
        ({"algorithm": None}, "invalid"),
        ({"algorithm": ["ES256"]}, "invalid"),
        ({"algorithm": "A" * 11}, "invalid"),
        ({"emergency": "perhaps"}, "invalid"),
        ({"emergency": None}, "invalid"),
        ({"kid": "a"}, "unknown_field"),
        ([], "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(desk: APIClient, body: Any, code: str) -> None:
    before = SigningKey.objects.get()

    answer = desk.post(ROTATE, body, format="json")

    assert answer.status_code == 400, answer.content
    assert code in {answer.json()["code"], *(error["code"] for error in answer.json().get("errors", []))}
    assert SigningKey.objects.get() == before


def test_looking_is_not_rotating(alice: User) -> None:
    allow(alice, "signing_key:view")
    looking = bearing(sign_in(alice)["access"])

    assert looking.get(LIST).status_code == 200
    refused = looking.post(ROTATE, {"emergency": True})

    assert (refused.status_code, refused.json()["permission"]) == (403, "signing_key:rotate")


def test_rotating_is_not_looking(alice: User, noon: datetime) -> None:
    allow(alice, "signing_key:rotate")

    assert bearing(sign_in(alice)["access"]).get(LIST).status_code == 403
