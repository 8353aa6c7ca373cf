from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from accounts.events import PasswordChanged, UserDeactivated, UserErased, UserEvent, UserSignedOut
from accounts.models import User
from common.actors import SYSTEM
from events.bus import publish
from tokens.models import Session
from tokens.services import sessions


def happens(fact: UserEvent, at: datetime) -> None:
    with transaction.atomic():
        publish(fact, actor=SYSTEM, at=at)


@pytest.mark.parametrize("fact", [UserDeactivated, UserSignedOut, UserErased, PasswordChanged])
def test_the_sessions_end_with_what_they_stood_on(session: Session, noon: datetime, fact: type[UserEvent]) -> None:
    happens(fact(subject_id=session.user_id), noon)

    session.refresh_from_db()
    assert (session.revoked_at, bool(session.revoked_reason)) == (noon, True)


def test_whoever_changes_her_password_stays_where_she_is(alice: User, session: Session, noon: datetime) -> None:
    other = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)

    happens(PasswordChanged(subject_id=alice.pk, keep_session=session.pk), noon)

    assert list(Session.objects.alive(at=noon)) == [session]
    assert Session.objects.get(pk=other.pk).revoked_reason == "password_changed"


@pytest.mark.parametrize("other", [uuid4()])
def test_nobody_elses_sessions_end(session: Session, noon: datetime, other: UUID) -> None:
    happens(UserDeactivated(subject_id=other), noon)

    assert Session.objects.alive(at=noon).exists()


def test_if_the_change_is_undone_they_live(session: Session, noon: datetime) -> None:
    with transaction.atomic():
        publish(UserDeactivated(subject_id=session.user_id), actor=SYSTEM, at=noon)
        transaction.set_rollback(True)

    assert Session.objects.alive(at=noon).exists()
