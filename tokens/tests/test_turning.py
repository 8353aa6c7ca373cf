"""What the database lets turn is what `judge` lets turn."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from accounts.models import User
from common.actors import SYSTEM
from tokens.models import Session, SigningKey
from tokens.proofs import RefreshToken
from tokens.rotation import Presented, Verdict, judge
from tokens.services import keys, refreshing
from tokens.services.issuing import Issued
from tokens.tests.factories import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
BORN = NOON - timedelta(hours=1)
AROUND = (NOON - SECOND, NOON, NOON + SECOND)
STATES: dict[str, tuple[Any, ...]] = {
    "counter": (4, 5, 6),
    "revoked_at": (None, NOON),
    "is_active": (True, False),
    "not_before": (None, BORN - SECOND, BORN, BORN + SECOND),
    "idle_expires_at": AROUND,
    "expires_at": (NOON + SECOND, NOON + timedelta(days=1)),
    "client_id": ("first-party", "other"),
    "is_hers": (True, False),
}
# Enough of the 2,304 to meet each pair of states; prime, so that no column is left out.
SOME = list(product(*STATES.values()))[::5]


@pytest.fixture
def session(alice: User) -> Session:
    lives = {"idle_expires_at": NOON + SECOND, "expires_at": NOON + timedelta(days=1)}
    times = dict.fromkeys(("created_at", "authenticated_at", "last_used_at"), BORN)
    return Session.objects.create(user=alice, refresh_counter=5, rotated_at=BORN, **times, **lives)


def put(session: Session, state: dict[str, Any]) -> Presented:
    """Make the state so; what the token says in it."""
    User.objects.filter(pk=session.user_id).update(is_active=state["is_active"], not_before=state["not_before"])
    ends = {
        "expires_at": max(state["expires_at"], state["idle_expires_at"]),
        "idle_expires_at": state["idle_expires_at"],
    }
    Session.objects.filter(pk=session.pk).update(
        refresh_counter=5, rotated_at=BORN, revoked_at=state["revoked_at"], client_id=state["client_id"], **ends
    )
    whose = session.user_id if state["is_hers"] else uuid4()
    return Presented(counter=state["counter"], user_id=whose, client_id="first-party")


def turned(session: Session, presented: Presented, kid: str) -> bool:
    hers = {"user": presented.user_id, "client_id": presented.client_id, "presented": presented.counter}
    known = {"sid": session.pk, "signed_by": kid, "algorithm": settings.SIGNING_ALGORITHM}
    return refreshing.TURN.row(**known, **hers, at=NOON, idle_expires_at=NOON + SECOND, ip=None) is not None


def test_database_and_decider_agree_in_every_state(session: Session) -> None:
    kid, agreed = keys.ensure(at=NOON).kid, set[bool]()

    for values in SOME:
        state = dict(zip(STATES, values, strict=True))
        presented = put(session, state)
        found = Session.objects.select_related("user").get()
        verdict = judge(presented, found, grace=settings.REFRESH_GRACE, at=NOON)
        assert turned(session, presented, kid) is (verdict is Verdict.ROTATE), state
        agreed.add(verdict is Verdict.ROTATE)

    assert agreed == {True, False}


def test_a_token_whose_key_is_gone_turns_nothing(session: Session) -> None:
    kid = keys.ensure(at=NOON).kid
    SigningKey.objects.update(kid="x" * 43)

    assert not turned(session, Presented(counter=5, user_id=session.user_id, client_id="first-party"), kid)


def issued_at(session: Session, at: datetime) -> Issued:
    keys.ensure(at=BORN)
    issued = refreshing.refresh(str(RefreshToken.of(session)), actor=SYSTEM, at=at)
    assert isinstance(issued, Issued)
    return issued


def test_what_is_told_of_the_session_is_what_it_has_become(session: Session) -> None:
    Session.objects.update(ip="2001:db8::1")

    told = issued_at(session, NOON).session

    stored = Session.objects.get()
    assert {field: getattr(told, field) for field in refreshing.KIND} == {
        field: getattr(stored, field) for field in refreshing.KIND
    }
    assert (stored.refresh_counter, stored.rotated_at, stored.ip) == (6, NOON, "2001:db8::1")


def test_a_session_never_outlives_its_greatest_age(session: Session) -> None:
    ends = NOON + timedelta(hours=2)
    Session.objects.update(expires_at=ends)

    assert issued_at(session, NOON).session.idle_expires_at == ends
