"""Eight at once, on a database server that really runs them at once (security X39)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import guard, lifecycle, passwords
from accounts.services.sign_in import Proven
from common.actors import SYSTEM, Actor, ActorKind
from events.models import Event
from tokens import keyring
from tokens.errors import InvalidCredentials
from tokens.models import KeyState, Session, SigningKey
from tokens.services import ending, issuing, keys, refreshing, sessions
from tokens.services.issuing import Issued
from tokens.services.refreshing import Refused
from tokens.tests.factories import spoken

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
CROWD, ROUNDS = 8, 50
NEIGHBOUR = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")
DAY = timedelta(days=1)
Found = TypeVar("Found")
AtOnce = Callable[[Callable[[int], Found]], list[Found]]


@pytest.fixture
def at_once() -> Iterator[AtOnce[object]]:
    """Runs something in eight threads that all start together."""
    if not connection.features.has_select_for_update:
        pytest.skip("this database runs one transaction at a time")
    start = Barrier(CROWD)

    def together(run: Callable[[int], object]) -> list[object]:
        def begin(number: int) -> object:
            start.wait()
            return run(number)

        return list(pool.map(begin, range(CROWD)))

    with ThreadPoolExecutor(CROWD) as pool:
        yield together
        together(lambda _: connection.close())


@pytest.fixture
def pair(alice: User, noon: datetime) -> Issued:
    return issuing.issue(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon), at=noon)


def test_of_eight_refreshes_one_turns_the_chain_and_all_get_its_next_link(
    pair: Issued, noon: datetime, at_once: AtOnce[Issued | Refused]
) -> None:
    for number in range(1, ROUNDS + 1):
        presented = pair.refresh
        outcomes = at_once(lambda _: refreshing.refresh(presented, actor=SYSTEM, at=noon))  # noqa: B023  awaited at once

        links = {outcome.refresh.split(".")[1] for outcome in outcomes if isinstance(outcome, Issued)}
        assert len(links) == 1
        assert len([outcome for outcome in outcomes if isinstance(outcome, Issued)]) == CROWD
        assert spoken(links.pop())["counter"] == Session.objects.get().refresh_counter == number
        pair = next(outcome for outcome in outcomes if isinstance(outcome, Issued))


def test_a_theft_that_eight_notice_is_told_once(
    pair: Issued, noon: datetime, at_once: AtOnce[Issued | Refused]
) -> None:
    refreshing.refresh(pair.refresh, actor=SYSTEM, at=noon)

    outcomes = at_once(lambda _: refreshing.refresh(pair.refresh, actor=SYSTEM, at=noon + DAY))

    assert {type(outcome) for outcome in outcomes} == {Refused}
    assert Event.objects.filter(kind="tokens.refresh_token.reused").count() == 1
    assert Event.objects.filter(kind="tokens.session.ended").count() == 1


def test_a_session_that_is_refreshed_while_it_ends_ends(alice: User, noon: datetime, at_once: AtOnce[object]) -> None:
    for _ in range(ROUNDS // 5):
        session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)
        presented = issuing.issue(session, at=noon).refresh

        def work(number: int, session: Session = session, presented: str = presented) -> object:
            if number == 0:
                return sessions.end(session, reason="test", actor=SYSTEM, at=noon)
            return refreshing.refresh(presented, actor=SYSTEM, at=noon)

        at_once(work)
        assert isinstance(refreshing.refresh(presented, actor=SYSTEM, at=noon), Refused)
        assert not Session.objects.alive(at=noon).exists()


def test_sessions_that_are_refreshed_while_many_end_end(alice: User, noon: datetime, at_once: AtOnce[object]) -> None:
    for _ in range(ROUNDS // 5):
        presented = [
            issuing.issue(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon), at=noon).refresh
            for _ in range(CROWD - 1)
        ]

        def work(number: int, presented: list[str] = presented) -> object:
            if number == 0:
                return ending.end_wanted({"user": alice.pk}, actor=SYSTEM, at=noon)
            return refreshing.refresh(presented[number - 1], actor=SYSTEM, at=noon)

        tally = at_once(work)[0]
        assert tally == ending.Tally(ended=CROWD - 1)
        assert not Session.objects.alive(at=noon).exists()
        after = [refreshing.refresh(each, actor=SYSTEM, at=noon) for each in presented]
        assert {type(outcome) for outcome in after} == {Refused}


def test_many_that_eight_end_at_once_end_once_each_and_nobody_waits_in_a_ring(
    alice: User, noon: datetime, at_once: AtOnce[object]
) -> None:
    for _ in range(ROUNDS // 5):
        made = {sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon).pk for _ in range(20)}

        def work(number: int) -> object:
            if number % 2:
                return sessions.end_all(alice.pk, reason="test", actor=SYSTEM, at=noon)
            return ending.end_wanted({"user": alice.pk}, actor=SYSTEM, at=noon).ended

        assert sum(int(str(count)) for count in at_once(work)) == len(made)
        singly = Event.objects.filter(kind="tokens.session.ended", subject_id__in=[str(each) for each in made])
        assert singly.count() in {0, len(made)}


def test_whoever_signs_in_while_she_is_shut_out_is_out(alice: User, noon: datetime, at_once: AtOnce[object]) -> None:
    for _ in range(ROUNDS // 5):
        proven = User.objects.get(pk=alice.pk)

        def work(number: int, proven: User = proven) -> object:
            if number == 0:
                return lifecycle.deactivate(proven, reason="test", actor=SYSTEM, at=noon)
            try:
                return sessions.start(proven, amr=["pwd"], actor=SYSTEM, at=noon)
            except InvalidCredentials:
                return None

        at_once(work)
        assert not Session.objects.alive(at=noon).exists()
        lifecycle.reactivate(User.objects.get(pk=alice.pk), actor=SYSTEM, at=noon)


def test_who_signs_in_while_her_password_changes_waits_for_nobody_in_a_ring(
    alice: User, noon: datetime, at_once: AtOnce[object]
) -> None:
    for turn in range(ROUNDS):
        proven = Proven(User.objects.get(pk=alice.pk), alice.password)

        def work(number: int, proven: Proven = proven, later: datetime = noon + turn * DAY) -> object:
            guard.admit(alice.email, actor=NEIGHBOUR, at=later)
            if number == 0:
                return passwords.replace(proven.user, alice.password, actor=NEIGHBOUR, at=later)
            try:
                return sessions.begin(proven, amr=["pwd"], actor=NEIGHBOUR, at=later)
            except InvalidCredentials:
                return None

        assert at_once(work)[0]
        assert not Session.objects.alive(at=noon).exists()


def test_eight_nodes_that_start_at_once_have_one_key(noon: datetime, at_once: AtOnce[SigningKey]) -> None:
    found = at_once(lambda _: keys.ensure(at=noon))

    assert {key.pk for key in found} == {SigningKey.objects.get(state=KeyState.ACTIVE).pk}


def test_eight_beats_hand_over_once(noon: datetime, at_once: AtOnce[None]) -> None:
    keys.ensure(at=noon)
    pending = keys.rotate(actor=SYSTEM, at=noon)

    at_once(lambda _: keys.tend(at=noon + DAY))

    keyring.forget()
    assert keyring.signer().kid == pending.kid
    assert SigningKey.objects.count() == 2
    assert Event.objects.filter(kind="tokens.signing_key.activated").count() == 1
