"""A revocation whose transaction ends late is told all the same, on a database server that runs several at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag

import pytest
from django.db import connection, transaction

from accounts.models import User
from common.actors import SYSTEM
from tokens import feed
from tokens.feed import SETTLING, Place
from tokens.models import Session
from tokens.services import sessions

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


class Late:
    """Another thread that ends a session, and commits when it is told to."""

    def __init__(self, session: Session, at: datetime) -> None:
        self.session, self.at, self.has_written, self.commit = session, at, Flag(), Flag()

    def __call__(self) -> None:
        try:
            with transaction.atomic():
                sessions.end(self.session, reason="late", actor=SYSTEM, at=self.at)
                self.has_written.set()
                assert self.commit.wait(20)
        finally:
            connection.close()


@pytest.fixture
def late(alice: User, noon: datetime) -> Iterator[Late]:
    if not connection.features.has_select_for_update:
        pytest.skip("this database runs one transaction at a time")
    late = Late(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon), noon)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(late)
        assert late.has_written.wait(20)
        yield late
        late.commit.set()
        ending.result()


def _told(place: Place, at: datetime) -> tuple[set[str], Place]:
    rows, place, is_last = feed.read(place, size=100, at=at)
    assert is_last
    return {row.named for row in rows}, place


def test_a_transaction_that_ends_late_is_told_to_who_has_heard_of_younger_ones(
    bob: User, noon: datetime, late: Late
) -> None:
    _, place = _told(Place(), noon)
    younger = sessions.start(bob, amr=["pwd"], actor=SYSTEM, at=noon)
    sessions.end(younger, reason="test", actor=SYSTEM, at=noon)
    polls = [noon + timedelta(seconds=second) for second in (1, 20, 40)]
    for at in polls:
        told, place = _told(place, at)
        assert told == {str(younger.pk)}

    late.commit.set()
    _wait_for(late.session)
    told, place = _told(place, noon + SETTLING)

    assert told == {str(younger.pk), str(late.session.pk)}


def _wait_for(session: Session) -> None:
    """Until the other transaction has ended: this one waits for the row that it has locked."""
    with transaction.atomic():
        assert Session.objects.select_for_update().get(pk=session.pk).revoked_at
