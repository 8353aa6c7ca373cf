from datetime import UTC, datetime

import pytest

from tokens import tasks
from tokens.models import KeyState, Session, SigningKey


@pytest.mark.django_db
def test_beat_tends_the_keys_and_twice_is_once() -> None:
    tasks.keys_tend(sent_by="an older release")
    tasks.keys_tend()

    assert SigningKey.objects.get().state == KeyState.ACTIVE


def test_beat_purges_sessions(session: Session) -> None:
    Session.objects.update(revoked_at=datetime(2001, 1, 1, tzinfo=UTC))

    assert (tasks.purge_sessions(), tasks.purge_sessions()) == (1, 0)


def test_the_names_that_schedules_use_stay() -> None:
    assert (tasks.keys_tend.name, tasks.purge_sessions.name) == ("tokens.keys_tend", "tokens.purge_sessions")
