from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.models import SignInCounter
from accounts.services import guard
from common.actors import SYSTEM, Actor, ActorKind

SPELLINGS = ["alice@example.org", "ALICE@Example.org", "\uff41lice@example.org", " alice@EXAMPLE.ORG "]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_limits(settings: Any) -> None:
    settings.SIGN_IN_ACCOUNT_LIMIT, settings.SIGN_IN_ADDRESS_LIMIT = 3, 5


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
    guard.forgive(stranger)
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 1


def test_a_right_try_takes_the_lock_of_its_network_along(noon: datetime, stranger: Actor) -> None:
    tries(1, "alice@example.org", actor=stranger, at=noon)
    found = [tries(1, f"{uuid4()}@example.org", actor=stranger, at=noon) for _ in range(5)]
    guard.forgive(stranger)
    assert found == [[True]] * 4 + [[False]]
    assert tries(2, f"{uuid4()}@example.org", actor=stranger, at=noon) == [True, False]


def test_what_was_not_tried_cannot_be_forgiven(noon: datetime, stranger: Actor) -> None:
    tries(1, "alice@example.org", actor=stranger, at=noon)
    for _ in range(3):
        guard.forgive(stranger)
    assert SignInCounter.objects.get(key="network:203.0.113.7").attempts == 0


def test_an_actor_without_an_address_is_counted_at_the_account_only(noon: datetime) -> None:
    tries(1, "alice@example.org", actor=SYSTEM, at=noon)
    guard.forgive(SYSTEM)
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
