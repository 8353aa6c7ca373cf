"""Many sessions end at once, and those of people who outrank the caller live on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from events.models import Event
from tokens.models import Session
from tokens.services import ending, sessions
from tokens.services.ending import Tally, Wanted
from tokens.tests.clients import allow
from tokens.tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clerk(bob: User) -> Actor:
    """Bob, who may end sessions and is at work in one of his own."""
    allow(bob, "session:end")
    return Actor(kind=ActorKind.USER, id=bob.pk)


def signed_in(user: User, at: datetime, **traits: Any) -> Session:
    session = sessions.start(user, amr=["pwd"], actor=SYSTEM, at=at)
    Session.objects.filter(pk=session.pk).update(**traits)
    return session


def living(at: datetime) -> set[UUID]:
    return set(Session.objects.alive(at=at).values_list("pk", flat=True))


def end(wanted: Wanted, actor: Actor, at: datetime) -> Tally:
    return ending.end_wanted(wanted, actor=actor, at=at)


@pytest.mark.parametrize(
    ("traits", "wanted"),
    [
        ({"ip": "198.51.100.7"}, {"ip": "198.51.100.7"}),
        ({"ip": "2001:db8::7"}, {"ip": "2001:db8::7"}),
        ({"client_id": "kiosk"}, {"client_id": "kiosk"}),
        ({"client_id": "kiosk", "ip": "198.51.100.7"}, {"client_id": "kiosk", "ip": "198.51.100.7"}),
        ({"created_at": datetime.fromisoformat("2029-01-01T00:00Z")}, {"created_before": NOON}),
    ],
)
def test_those_that_match_end_and_no_others(
    alice: User, clerk: Actor, noon: datetime, traits: dict[str, Any], wanted: Wanted
) -> None:
    there = signed_in(alice, noon, **traits)
    others = {signed_in(alice, noon).pk, signed_in(alice, noon, ip="198.51.100.8").pk}

    assert end(wanted, clerk, noon) == Tally(ended=1)

    assert living(noon) == others
    assert Event.objects.get(kind="tokens.session.ended").subject_id == str(there.pk)


def test_filters_narrow_each_other(alice: User, root: User, clerk: Actor, noon: datetime) -> None:
    here, there = signed_in(alice, noon, ip="198.51.100.7"), signed_in(alice, noon)

    assert end({"user": alice.pk, "ids": [here.pk, uuid4()], "client_id": "kiosk"}, clerk, noon) == Tally()
    assert end({"user": alice.pk, "ids": [here.pk, uuid4()]}, clerk, noon) == Tally(ended=1)

    assert living(noon) == {there.pk}


def test_each_that_ended_is_written_down_with_who_and_why(alice: User, clerk: Actor, noon: datetime) -> None:
    ended = {str(signed_in(alice, noon).pk) for _ in range(3)}

    end({"user": alice.pk}, clerk, noon)

    told = Event.objects.filter(kind="tokens.session.ended")
    assert {fact.subject_id for fact in told} == ended
    assert {(fact.actor_id, fact.data["reason"], fact.data["user_id"]) for fact in told} == {
        (clerk.id, "ended_by_staff", str(alice.pk))
    }
    assert set(Session.objects.values_list("revoked_at", "revoked_reason")) == {(noon, "ended_by_staff")}


def test_to_ask_again_changes_nothing(alice: User, clerk: Actor, noon: datetime) -> None:
    signed_in(alice, noon)
    assert end({"user": alice.pk}, clerk, noon) == Tally(ended=1)

    assert end({"user": alice.pk}, clerk, noon + MINUTE) == Tally()

    assert Session.objects.get().revoked_at == noon
    assert Event.objects.filter(kind="tokens.session.ended").count() == 1


def test_what_ran_out_by_itself_is_left_alone(alice: User, clerk: Actor, noon: datetime) -> None:
    signed_in(alice, noon, idle_expires_at=noon)

    assert end({"user": alice.pk}, clerk, noon) == Tally()


def test_those_of_people_who_outrank_the_caller_are_skipped(
    alice: User, root: User, clerk: Actor, noon: datetime, person: Callable[..., User]
) -> None:
    auditor = person("auditor", is_active=False)
    allow(auditor, "signing_key:rotate")
    spared = {signed_in(root, noon).pk}
    Session.objects.filter(pk=signed_in(alice, noon).pk).update(user=auditor)
    spared |= living(noon)
    signed_in(alice, noon)

    assert end({"created_before": noon + MINUTE}, clerk, noon) == Tally(ended=1, skipped=2)

    assert living(noon) == spared


def test_a_colleague_of_equal_rank_is_not_above(alice: User, clerk: Actor, noon: datetime) -> None:
    allow(alice, "session:end", "invoice:approve")
    signed_in(alice, noon)

    assert end({"user": alice.pk}, clerk, noon) == Tally(ended=1)


def test_a_key_that_is_good_for_less_is_outranked_by_more(alice: User, root: User, noon: datetime) -> None:
    allow(alice, "signing_key:rotate")
    signed_in(alice, noon)
    key = Actor(kind=ActorKind.USER, id=root.pk, bounds=frozenset({"session:end"}))

    assert end({"user": alice.pk}, key, noon) == Tally(skipped=1)


def test_nobody_outranks_himself_whatever_his_key_is_good_for(root: User, noon: datetime) -> None:
    signed_in(root, noon)
    key = Actor(kind=ActorKind.USER, id=root.pk, bounds=frozenset({"session:end"}))

    assert end({"user": root.pk}, key, noon) == Tally(ended=1)


def test_the_session_in_which_he_asks_lives_on_also_when_it_is_named(bob: User, clerk: Actor, noon: datetime) -> None:
    here, there = signed_in(bob, noon), signed_in(bob, noon)
    asking = Actor(kind=ActorKind.USER, id=bob.pk, session_id=here.pk)

    assert end({"user": bob.pk, "ids": [here.pk, there.pk]}, asking, noon) == Tally(ended=1, skipped=1)

    assert living(noon) == {here.pk}


def test_a_wish_without_a_filter_ends_nothing(alice: User, noon: datetime) -> None:
    signed_in(alice, noon)

    with pytest.raises(ValueError, match="every session"):
        end({}, SYSTEM, noon)

    assert living(noon)


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_they_end_in_batches_and_the_skipped_stay_behind(
    alice: User, root: User, clerk: Actor, noon: datetime, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(ending, "BATCH", size)
    for user in (alice, root, root, alice, alice):
        signed_in(user, noon)

    assert end({"client_id": "first-party"}, clerk, noon) == Tally(ended=3, skipped=2)


def test_of_too_many_the_newest_end_and_it_is_said_that_more_are_left(
    alice: User, clerk: Actor, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "BATCH", 2)
    monkeypatch.setattr(ending, "MOST", 4)
    made = [signed_in(alice, noon).pk for _ in range(5)]

    assert end({"user": alice.pk}, clerk, noon) == Tally(ended=4, more=True)
    assert living(noon) == {made[0]}
    assert end({"user": alice.pk}, clerk, noon) == Tally(ended=1)


def test_twenty_cost_no_more_questions_than_two(
    alice: User, clerk: Actor, noon: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    allow(alice, "invoice:approve")
    for _ in range(20):
        signed_in(alice, noon)

    # Beside the writing down of each: who he is, what all of them hold, what is there, the lock, the change, the feed.
    with django_assert_max_num_queries(20 + 13):
        end({"user": alice.pk}, clerk, noon)
