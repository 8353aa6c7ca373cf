from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SignInCounter, User
from accounts.services import sign_in
from accounts.tests.fakes import Counting
from common.actors import SYSTEM, Actor
from conftest import PASSWORD
from events.models import Event

WRONG = "not the password at all"


def enter(
    email: str = "alice@example.org", password: str = PASSWORD, *, actor: Actor = SYSTEM, at: datetime
) -> User | None:
    return sign_in.verify(email=email, password=password, door="test", actor=actor, at=at)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_the_right_password_lets_her_in(alice: User, noon: datetime) -> None:
    assert enter(at=noon) == alice
    alice.refresh_from_db()
    assert alice.last_login == noon


def test_any_spelling_of_her_address_will_do(alice: User, noon: datetime) -> None:
    assert enter(" ALICE@Example.ORG", at=noon) == alice


@pytest.mark.parametrize(
    "password", ["", WRONG, PASSWORD + " ", PASSWORD.upper(), "\ud800", "x" * 1_000_000, PASSWORD[:-1]]
)
def test_a_wrong_password_does_not(alice: User, noon: datetime, password: str) -> None:
    assert enter(password=password, at=noon) is None


@pytest.mark.parametrize(
    "email", ["", "nobody@example.org", "no address", "a@b@c", "alice@example.org\n", "\ud800@x.org"]
)
def test_an_unknown_address_does_not(alice: User, noon: datetime, email: str) -> None:
    assert enter(email, at=noon) is None


@pytest.mark.parametrize("traits", [{"is_active": False}, {"self_registered": True, "email_verified_at": None}])
def test_who_may_not_enter_is_kept_out_with_the_right_password(
    person: Callable[..., User], noon: datetime, traits: dict[str, Any]
) -> None:
    person("alice", **traits)
    assert enter(at=noon) is None


def test_whom_staff_made_may_enter_before_her_address_is_proven(person: Callable[..., User], noon: datetime) -> None:
    assert enter(at=noon) is None
    person("alice", email_verified_at=None)
    assert enter(at=noon)


def test_a_locked_account_refuses_the_right_password_until_the_lock_ends(alice: User, noon: datetime) -> None:
    for _ in range(10):
        enter(password=WRONG, at=noon)
    assert enter(at=noon + timedelta(minutes=14)) is None
    assert enter(at=noon + timedelta(minutes=15)) == alice


def test_a_success_forgets_the_tries_before_it(alice: User, noon: datetime) -> None:
    for _ in range(5):
        assert [enter(password=WRONG, at=noon) for _ in range(9)] == [None] * 9
        assert enter(at=noon) == alice


def test_a_success_elsewhere_leaves_her_tries_counted(alice: User, bob: User, noon: datetime, stranger: Actor) -> None:
    for _ in range(3):
        for _ in range(4):
            enter(password=WRONG, actor=stranger, at=noon)
        enter("bob@example.org", actor=stranger, at=noon)
    assert enter(actor=stranger, at=noon) is None
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 13


def test_a_failure_is_a_fact_and_the_lock_is_one_once(alice: User, noon: datetime) -> None:
    for _ in range(15):
        enter(password=WRONG, at=noon)
    assert kinds() == ["accounts.user.sign_in_failed"] * 10 + ["accounts.user.locked"]
    locked = Event.objects.get(kind="accounts.user.locked")
    assert (locked.subject_id, locked.data["door"]) == (str(alice.pk), "test")


def test_the_last_try_does_not_lock_if_it_is_right(alice: User, noon: datetime) -> None:
    for _ in range(9):
        enter(password=WRONG, at=noon)
    assert enter(at=noon) == alice
    assert "accounts.user.locked" not in kinds()
    assert enter(at=noon) == alice


def test_an_unknown_address_leaves_the_same_traces_under_a_pseudonym(alice: User, noon: datetime) -> None:
    for _ in range(11):
        enter("nobody@example.org", at=noon)
    assert kinds() == ["accounts.user.sign_in_failed"] * 10 + ["accounts.user.locked"]
    assert "nobody" not in str(list(Event.objects.values()))


@pytest.fixture
def everybody(person: Callable[..., User]) -> None:
    """One of each kind that is kept out, and Alice."""
    person("alice")
    person("closed", is_active=False)
    User.objects.filter(pk=person("unusable").pk).update(password="!nothing")
    User.objects.filter(pk=person("foreign").pk).update(password="md4$salt$hash")


EVERYBODY = ["alice", "closed", "unusable", "foreign", "nobody"]
WORK = ["SAVEPOINT", "INSERT", "RELEASE", "SELECT", "SAVEPOINT", "INSERT", "RELEASE"]


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_refusal_asks_the_same_of_the_database(everybody: None, noon: datetime, name: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        enter(f"{name}@example.org", WRONG, at=noon)
    assert [query["sql"].split()[0] for query in queries.captured_queries] == WORK


@pytest.mark.wide
@pytest.mark.parametrize("tries_before", [0, 20])
@pytest.mark.parametrize("password", [WRONG, "", "x" * 1_000_000, "\ud800"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_every_refusal_hashes_once_locked_or_not(
    everybody: None, noon: datetime, settings: Any, name: str, password: str, tries_before: int
) -> None:
    for _ in range(tries_before):
        enter(f"{name}@example.org", WRONG, at=noon)
    settings.PASSWORD_HASHERS = ["accounts.tests.fakes.Counting"]
    Counting.work.clear()
    enter(f"{name}@example.org", password, at=noon)
    assert len(Counting.work) == 1


def test_an_outdated_hash_is_renewed_and_nothing_else_changes(alice: User, noon: datetime, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher", *settings.PASSWORD_HASHERS]
    settings.ARGON2_MEMORY_KIB, settings.ARGON2_TIME = 8, 1
    bond, changed = alice.get_session_auth_hash(), alice.password_changed_at

    entered = enter(at=noon)

    assert entered
    entered.refresh_from_db()
    assert entered.password.startswith("argon2$argon2id$")
    assert (entered.get_session_auth_hash(), entered.password_changed_at) == (bond, changed)
    assert enter(at=noon) == alice


def test_a_password_is_one_in_whatever_form_it_is_typed(alice: User, noon: datetime) -> None:
    User.objects.filter(pk=alice.pk).update(password=make_password("caf\u00e9 liaison paradise"))
    assert enter(password="cafe\u0301 liaison paradise", at=noon) == alice


def test_who_is_shut_out_while_her_password_is_hashed_stays_out(alice: User, noon: datetime, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.tests.fakes.Deactivating"]
    assert enter(password="slow", at=noon) is None
