from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.errors import EmailTaken, LastAdministrator, PasswordUnacceptable
from accounts.models import EmailLink, SignInCounter, User
from accounts.services import lifecycle, sign_in
from accounts.tests.factories import made
from common.actors import SYSTEM
from common.errors import Invalid, NotFound, VersionMismatch
from conftest import PASSWORD
from events.models import Event


def last() -> Event:
    return Event.objects.latest("id")


def test_a_person_is_made_with_what_is_known_of_her(db: None, noon: datetime) -> None:
    dora = made(lifecycle.create(email="Dora@Example.org", display_name="Dora", locale="de", actor=SYSTEM, at=noon))
    assert (dora.email, dora.email_canonical, dora.locale) == ("Dora@Example.org", "dora@example.org", "de")
    assert (dora.has_usable_password(), dora.version) == (False, 1)


def test_a_taken_address_is_refused_and_nothing_is_left(alice: User, noon: datetime) -> None:
    with pytest.raises(EmailTaken):
        lifecycle.create(email="alice@EXAMPLE.org", actor=SYSTEM, at=noon)
    assert (User.objects.count(), Event.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("traits", "refusal"),
    [
        ({"email": "no address"}, Invalid),
        ({"email": "d@example.org", "password": "short"}, PasswordUnacceptable),
        ({"email": "d@example.org", "is_superuser": True}, Invalid),
    ],
)
def test_what_cannot_be_is_refused(db: None, noon: datetime, traits: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        lifecycle.create(**traits, actor=SYSTEM, at=noon)
    assert not User.objects.exists()


def test_only_fields_that_may_be_edited_are(alice: User, noon: datetime) -> None:
    changes = {"display_name": "A", "email_verified_at": None, "password": "x", "version": 9}
    changed = made(lifecycle.update(alice, changes=changes, actor=SYSTEM, at=noon))
    assert (changed.display_name, changed.version, changed.updated_at) == ("A", 2, noon)
    after = User.objects.get(pk=alice.pk)
    assert (after.password, after.email_verified_at) == (alice.password, alice.email_verified_at)


def test_an_update_knows_which_version_it_is_of(alice: User, noon: datetime) -> None:
    with pytest.raises(VersionMismatch):
        lifecycle.update(alice, changes={"display_name": "A"}, if_version=2, actor=SYSTEM, at=noon)


def test_a_superuser_is_always_staff(root: User, noon: datetime) -> None:
    with pytest.raises(Invalid):
        lifecycle.update(root, changes={"is_staff": False}, actor=SYSTEM, at=noon)


def test_deactivation_happens_once_and_reactivation_too(alice: User, noon: datetime) -> None:
    assert lifecycle.deactivate(alice, reason="left", actor=SYSTEM, at=noon)
    assert not lifecycle.deactivate(alice, actor=SYSTEM, at=noon)
    assert lifecycle.reactivate(alice, actor=SYSTEM, at=noon)
    assert not lifecycle.reactivate(alice, actor=SYSTEM, at=noon)
    assert [event.kind for event in Event.objects.order_by("id")] == [
        "accounts.user.deactivated",
        "accounts.user.reactivated",
    ]


def test_a_cookie_from_before_does_not_come_back_with_the_account(alice: User, noon: datetime) -> None:
    cookie = alice.get_session_auth_hash()
    lifecycle.deactivate(alice, actor=SYSTEM, at=noon)
    lifecycle.reactivate(alice, actor=SYSTEM, at=noon)
    assert User.objects.get(pk=alice.pk).get_session_auth_hash() != cookie


def test_signing_out_ends_what_was_proven_before(alice: User, noon: datetime) -> None:
    cookie = alice.get_session_auth_hash()
    lifecycle.sign_out(alice, actor=SYSTEM, at=noon)
    after = User.objects.get(pk=alice.pk)
    assert (after.not_before, after.get_session_auth_hash() == cookie) == (noon, False)
    assert last().kind == "accounts.user.signed_out"


def test_unlocking_opens_the_account_at_once(alice: User, noon: datetime) -> None:
    def enter(password: str) -> User | None:
        return sign_in.verify(email=alice.email, password=password, door="test", actor=SYSTEM, at=noon)

    for _ in range(10):
        enter("wrong")
    assert lifecycle.unlock(alice, actor=SYSTEM, at=noon)
    assert not lifecycle.unlock(alice, actor=SYSTEM, at=noon)
    assert enter(PASSWORD) == alice


def test_erasing_leaves_the_trail_and_nothing_else(alice: User, noon: datetime) -> None:
    sign_in.verify(email=alice.email, password="wrong", door="test", actor=SYSTEM, at=noon)
    alice.email_links.create(purpose="invitation", digest="0", address=alice.email, created_at=noon, expires_at=noon)

    lifecycle.erase(alice, actor=SYSTEM, at=noon)

    assert not User.objects.exists()
    assert not EmailLink.objects.exists()
    assert SignInCounter.objects.get().attempts == 0
    assert last().subject_id == str(alice.pk)
    assert "alice" not in str(list(Event.objects.values()))


def test_what_is_gone_cannot_be_changed(alice: User, noon: datetime) -> None:
    User.objects.filter(pk=alice.pk).delete()
    for change in (lifecycle.erase, lifecycle.deactivate, lifecycle.reactivate, lifecycle.sign_out):
        with pytest.raises(NotFound):
            change(alice, actor=SYSTEM, at=noon)


@pytest.mark.parametrize(
    "go",
    [
        lambda root, at: lifecycle.deactivate(root, actor=SYSTEM, at=at),
        lambda root, at: lifecycle.erase(root, actor=SYSTEM, at=at),
        lambda root, at: lifecycle.update(root, changes={"is_superuser": False}, actor=SYSTEM, at=at),
    ],
)
def test_the_last_ruler_stays_and_the_last_but_one_may_go(
    person: Callable[..., User], root: User, noon: datetime, go: Callable[[User, datetime], object]
) -> None:
    person("sleeper", is_staff=True, is_superuser=True, is_active=False)
    with pytest.raises(LastAdministrator):
        go(root, noon)
    person("deputy", is_staff=True, is_superuser=True)
    go(root, noon)
    assert not User.objects.filter(pk=root.pk, is_superuser=True, is_active=True).exists()


def test_a_ruler_who_is_shut_out_may_be_erased(person: Callable[..., User], root: User, noon: datetime) -> None:
    sleeper = person("sleeper", is_staff=True, is_superuser=True, is_active=False)
    lifecycle.erase(sleeper, actor=SYSTEM, at=noon + timedelta(days=1))
    assert User.objects.get() == root
