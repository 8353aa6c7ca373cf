from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from accounts import lockout
from accounts.lockout import Policy, Tally
from accounts.models import SignInCounter
from accounts.services import guard
from accounts.tests.test_lockout import CASES, THREE, WINDOW_END
from common.actors import SYSTEM, Actor, ActorKind

SPELLINGS = ["alice@example.org", "ALICE@Example.org", "\uff41lice@example.org", " alice@EXAMPLE.ORG "]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_limits(settings: Any) -> None:
    settings.SIGN_IN_ACCOUNT_LIMIT, settings.SIGN_IN_ADDRESS_LIMIT = 3, 5


MOMENTS = [WINDOW_END + number * timedelta(minutes=5) for number in (-3, -1, 0, 1, 6, 7)]
TALLIES = [
    None,
    *(Tally(attempts, ends, lock) for attempts in range(4) for ends in MOMENTS[1:4] for lock in (None, *MOMENTS)),
]


def elsewhere(number: int) -> Actor:
    return Actor(kind=ActorKind.ANONYMOUS, ip=f"198.51.100.{number}")


def tries(count: int, address: str, *, actor: Actor, at: datetime) -> list[bool]:
    return [guard.admit(address, actor=actor, at=at).allowed for _ in range(count)]


def test_an_account_takes_its_limit_and_no_more(noon: datetime) -> None:
    assert tries(4, "alice@example.org", actor=SYSTEM, at=noon) == [True, True, True, False]


def test_the_last_try_says_until_when_it_locks(noon: datetime) -> None:
    found = [guard.admit("alice@example.org", actor=SYSTEM, at=noon).locks_until for _ in range(3)]
    assert found == [None, None, noon + timedelta(minutes=15)]


def test_all_spellings_share_a_counter(noon: datetime) -> None:
    assert [guard.admit(said, actor=SYSTEM, at=noon).allowed for said in SPELLINGS] == [True, True, True, False]


def test_the_lock_ends_by_the_clock(noon: datetime) -> None:
    tries(4, "alice@example.org", actor=SYSTEM, at=noon)
    assert tries(1, "alice@example.org", actor=SYSTEM, at=noon + timedelta(minutes=15)) == [True]


def test_a_network_takes_its_limit_over_all_accounts(noon: datetime, stranger: Actor) -> None:
    found = [guard.admit(f"{uuid4()}@example.org", actor=stranger, at=noon).allowed for _ in range(6)]
    assert found == [True] * 5 + [False]


def test_a_spent_network_locks_out_nobody(noon: datetime, stranger: Actor) -> None:
    for number in range(5):
        guard.admit(f"person{number}@example.org", actor=stranger, at=noon)
    tries(9, "alice@example.org", actor=stranger, at=noon)
    assert tries(1, "alice@example.org", actor=elsewhere(1), at=noon) == [True]


def test_forgetting_an_account_leaves_its_network_counted(noon: datetime, stranger: Actor) -> None:
    tries(3, "alice@example.org", actor=stranger, at=noon)
    assert guard.forget("Alice@example.org", at=noon)
    assert not guard.forget("alice@example.org", at=noon)
    assert tries(3, "alice@example.org", actor=stranger, at=noon) == [True, True, False]


def test_only_the_right_try_is_taken_off_its_network(noon: datetime, stranger: Actor) -> None:
    tries(2, "alice@example.org", actor=stranger, at=noon)
    guard.give_back("nobody@example.org", actor=stranger, at=noon)
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 1


def test_a_right_try_takes_the_lock_of_its_network_along(noon: datetime, stranger: Actor) -> None:
    tries(1, "alice@example.org", actor=stranger, at=noon)
    found = [tries(1, f"{uuid4()}@example.org", actor=stranger, at=noon) for _ in range(5)]
    guard.give_back("nobody@example.org", actor=stranger, at=noon)
    assert found == [[True]] * 4 + [[False]]
    assert tries(2, f"{uuid4()}@example.org", actor=stranger, at=noon) == [True, False]


def test_what_was_not_tried_cannot_be_forgiven(noon: datetime, stranger: Actor) -> None:
    tries(1, "alice@example.org", actor=stranger, at=noon)
    for _ in range(3):
        guard.give_back("nobody@example.org", actor=stranger, at=noon)
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 0


def test_an_actor_without_an_address_is_counted_at_the_account_only(noon: datetime) -> None:
    tries(1, "alice@example.org", actor=SYSTEM, at=noon)
    guard.give_back("alice@example.org", actor=SYSTEM, at=noon)
    assert [row.key[:8] for row in SignInCounter.objects.all()] == ["account:"]


def test_the_table_tells_no_address(noon: datetime) -> None:
    tries(1, "alice@example.org", actor=SYSTEM, at=noon)
    assert "alice" not in SignInCounter.objects.get().key


def test_a_pseudonym_is_the_same_for_all_spellings() -> None:
    assert len({guard.pseudonym(said) for said in SPELLINGS}) == 1


def test_what_is_no_address_at_all_is_counted_too(noon: datetime) -> None:
    assert tries(4, "\ud800 no address", actor=SYSTEM, at=noon) == [True, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_a_count_refuses_to_be_rolled_back_with_something_else(noon: datetime) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        guard.admit("alice@example.org", actor=SYSTEM, at=noon)


def counted_by_the_database(before: Tally | None, policy: Policy, *, at: datetime) -> Tally | None:
    """What one more try at an account and its network leaves there, if it is let through at both; the same for both."""
    keys = ("account:x", "network:y")
    SignInCounter.objects.all().delete()
    SignInCounter.objects.bulk_create(guard._row(key, before) for key in keys if before)
    let_through = guard._count(*keys, at=at)
    left = {row.key: Tally(row.attempts, row.window_ends_at, row.locked_until) for row in SignInCounter.objects.all()}
    assert left["account:x"] == left["network:y"]
    assert let_through == {key: tally.locked_until for key, tally in left.items() if let_through}
    return left["account:x"] if let_through else None


@pytest.fixture
def three(settings: Any) -> None:
    settings.SIGN_IN_ACCOUNT_LIMIT = settings.SIGN_IN_ADDRESS_LIMIT = THREE.limit
    settings.SIGN_IN_WINDOW, settings.SIGN_IN_LOCK = THREE.window, THREE.lock


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("said", "before", "at", "after"), CASES, ids=[case[0] for case in CASES])
def test_the_database_counts_as_it_is_decided(
    said: str, before: Tally | None, at: datetime, after: Tally | None
) -> None:
    assert counted_by_the_database(before, THREE, at=at) == after


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("at", MOMENTS, ids=str)
def test_whatever_stands_there_the_database_decides_alike(at: datetime) -> None:
    assert len(TALLIES) == 85
    for before in TALLIES:
        assert counted_by_the_database(before, THREE, at=at) == lockout.count(before, THREE, at=at), before


@pytest.mark.parametrize(("account", "network"), [(1, 5), (1, 1)])
def test_a_limit_of_one_locks_the_account_at_its_first_try(
    settings: Any, noon: datetime, stranger: Actor, account: int, network: int
) -> None:
    settings.SIGN_IN_ACCOUNT_LIMIT, settings.SIGN_IN_ADDRESS_LIMIT = account, network

    assert tries(2, "alice@example.org", actor=stranger, at=noon) == [True, False]


def test_a_try_that_the_network_refuses_leaves_no_trace_at_the_account(noon: datetime, stranger: Actor) -> None:
    for number in range(5):
        guard.admit(f"person{number}@example.org", actor=stranger, at=noon)
    before = set(SignInCounter.objects.values_list())

    assert not guard.admit("alice@example.org", actor=stranger, at=noon).allowed
    assert set(SignInCounter.objects.values_list()) == before
