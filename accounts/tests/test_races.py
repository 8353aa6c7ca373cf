"""Many at once, on a database that lets them: one wins, and the others learn it (security A9, X40, X43)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.errors import LastAdministrator, LinkNotUsable
from accounts.models import User
from accounts.services import guard, invitations, lifecycle, recovery, registration, sign_in
from accounts.tests.post import Post
from common.actors import SYSTEM, Actor
from common.errors import VersionMismatch
from conftest import PASSWORD
from events.models import Event

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not connection.features.has_select_for_update, reason="one transaction at a time here"),
]

SPELLINGS = ["carol@example.org", "CAROL@example.org", "\uff43arol@Example.ORG", " Carol@EXAMPLE.org"]
NEW = "unrelated volcano pencil"


def at_once(times: int, do: Callable[[int], Any]) -> list[Any]:
    """Each in a thread of its own, all let go together; what they answered, or raised, in order."""
    gate = Barrier(times)

    def one(number: int) -> Any:
        gate.wait(timeout=20)
        try:
            return do(number)
        except (LinkNotUsable, LastAdministrator) as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


def count(kind: str) -> int:
    return Event.objects.filter(kind=f"accounts.user.{kind}").count()


def test_of_fifty_guesses_at_once_ten_are_let_through(alice: User, noon: datetime) -> None:
    found = at_once(50, lambda _: guard.admit(alice.email, actor=SYSTEM, at=noon))
    assert Counter(admission.allowed for admission in found) == {True: 10, False: 40}
    assert sum(admission.locks_until is not None for admission in found) == 1


def test_of_fifty_wrong_passwords_at_once_ten_are_looked_at_and_the_right_one_is_refused(
    alice: User, noon: datetime
) -> None:
    def guess(password: str) -> User | None:
        return sign_in.verify(email=alice.email, password=password, door="test", actor=SYSTEM, at=noon)

    at_once(50, lambda number: guess(f"guess {number}"))
    assert (count("sign_in_failed"), count("locked")) == (10, 1)
    assert guess(PASSWORD) is None


def test_of_twenty_who_sign_up_with_one_address_one_gets_the_account(stranger: Actor, noon: datetime, db: None) -> None:
    def register(number: int) -> None:
        registration.register(email=SPELLINGS[number % 4], password=NEW, actor=stranger, at=noon)

    assert at_once(20, register) == [None] * 20
    assert User.objects.count() == 1
    assert (count("registered"), count("registration_repeated")) == (1, 19)


def test_a_verification_link_works_once_for_twenty_at_once(stranger: Actor, noon: datetime, post: Post) -> None:
    registration.register(email="carol@example.org", password=NEW, actor=stranger, at=noon)
    token = post.token()
    found = at_once(20, lambda _: registration.verify_email(token=token, actor=stranger, at=noon))
    assert Counter(found) == {None: 1, LinkNotUsable: 19}
    assert count("email_verified") == 1


def test_a_reset_link_works_once_for_twenty_at_once(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    recovery.request_reset(email=alice.email, actor=stranger, at=noon)
    token = post.token()

    def confirm(number: int) -> None:
        recovery.confirm_reset(token=token, password=f"{NEW} {number}", actor=stranger, at=noon)

    assert Counter(at_once(20, confirm)) == {None: 1, LinkNotUsable: 19}
    assert count("password_changed") == 1


def test_an_invitation_works_once_for_twenty_at_once(stranger: Actor, noon: datetime, post: Post) -> None:
    lifecycle.create(email="dora@example.org", actor=SYSTEM, at=noon)
    token = post.token()

    def accept(number: int) -> None:
        invitations.accept(token=token, password=f"{NEW} {number}", actor=stranger, at=noon)

    assert Counter(at_once(20, accept)) == {None: 1, LinkNotUsable: 19}


@pytest.mark.parametrize("go", [lifecycle.deactivate, lifecycle.erase])
def test_of_two_rulers_who_go_at_once_one_stays(
    person: Callable[..., User], noon: datetime, go: Callable[..., object]
) -> None:
    for turn in range(5):
        pair = [person(f"{name}{turn}", is_staff=True, is_superuser=True) for name in ("ann", "ben")]
        at_once(2, lambda number: go(pair[number], actor=SYSTEM, at=noon))  # noqa: B023  awaited at once
        assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
        User.objects.all().delete()


def test_ten_deactivations_at_once_are_one_fact(alice: User, noon: datetime) -> None:
    found = at_once(10, lambda _: lifecycle.deactivate(alice, actor=SYSTEM, at=noon))
    assert (sum(found), count("deactivated")) == (1, 1)


def test_ten_edits_of_one_version_make_one(alice: User, noon: datetime) -> None:
    def edit(number: int) -> bool:
        try:
            lifecycle.update(alice, changes={"display_name": f"A{number}"}, if_version=1, actor=SYSTEM, at=noon)
        except VersionMismatch:
            return False
        return True

    assert sum(at_once(10, edit)) == 1


def test_the_owner_is_told_in_one_mail_per_try(alice: User, stranger: Actor, noon: datetime, post: Post) -> None:
    at_once(5, lambda _: registration.register(email=alice.email, password=NEW, actor=stranger, at=noon))
    post.all()
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]] * 5
