from datetime import datetime

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from events.models import Event
from tokens.models import KeyState, Session, SigningKey
from tokens.services import keys
from tokens.tests.desks import act, staff

SESSIONS, KEYS = "/admin/tokens/session/", "/admin/tokens/signingkey/"


@pytest.mark.parametrize("way", ["add/", "{}/delete/"])
@pytest.mark.parametrize("page", [SESSIONS, KEYS])
def test_nothing_is_made_or_deleted_by_hand(session: Session, root: User, page: str, way: str) -> None:
    client = Client()
    client.force_login(root, backend="accounts.backends.PasswordBackend")

    assert client.get(page + way.format(session.pk)).status_code in {302, 403}
    assert client.post(page + way.format(session.pk), {"post": "yes"}).status_code in {302, 403}
    assert Session.objects.filter(pk=session.pk).exists()


def test_only_the_public_part_of_a_key_is_shown(bob: User, noon: datetime) -> None:
    key = keys.ensure(at=noon)
    desk = staff(bob, "signing_key:view")

    page = desk.get(f"{KEYS}{key.pk}/change/").content.decode()

    assert key.kid in page
    assert bytes(key.sealed_private_key).decode()[:20] not in page
    assert "sealed" not in page


def test_staff_publishes_the_next_key(bob: User, noon: datetime) -> None:
    key = keys.ensure(at=noon)
    desk = staff(bob, "signing_key:view", "signing_key:rotate")

    assert act(desk, KEYS, "rotate", key.pk) == 302

    assert SigningKey.objects.filter(state=KeyState.PENDING).count() == 1
    assert Event.objects.filter(kind="tokens.signing_key.added", actor_id=bob.pk).count() == 1


def test_the_algorithms_of_the_ticked_rows_are_rotated(bob: User, noon: datetime, settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]
    keys.tend(at=noon)
    ticked = SigningKey.objects.get(algorithm="EdDSA")

    act(staff(bob, "signing_key:view", "signing_key:rotate"), KEYS, "rotate", ticked.pk)

    assert SigningKey.objects.get(state=KeyState.PENDING).algorithm == "EdDSA"


def test_a_key_of_an_algorithm_that_is_listed_no_more_has_no_successor(
    bob: User, noon: datetime, settings: Settings
) -> None:
    key = keys.ensure(at=noon)
    settings.SIGNING_ALGORITHMS = ["EdDSA"]
    desk = staff(bob, "signing_key:view", "signing_key:rotate")

    assert act(desk, KEYS, "rotate", key.pk) == 302

    assert "One of: EdDSA." in desk.get(KEYS).content.decode()
    assert list(SigningKey.objects.all()) == [key]


def test_in_an_emergency_every_key_is_replaced_at_once(alice: User, bob: User, noon: datetime) -> None:
    stolen = keys.ensure(at=noon)
    looking, desk = staff(alice, "signing_key:view"), staff(bob, "signing_key:view", "signing_key:rotate")

    act(looking, KEYS, "replace_all", stolen.pk)
    assert SigningKey.objects.filter(pk=stolen.pk).exists()
    assert act(desk, KEYS, "replace_all", stolen.pk) == 302

    assert list(SigningKey.objects.values_list("state", flat=True)) == ["active"]
    assert not SigningKey.objects.filter(pk=stolen.pk).exists()
