from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM
from tokens import selectors
from tokens.errors import TokenNotValid
from tokens.models import Session
from tokens.services import refreshing
from tokens.services.issuing import Issued

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def test_a_good_token_tells_who_holds_it_with_one_query(
    alice: User, session: Session, first: Issued, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        bearer = selectors.bearer_of(first.access, at=noon)
        assert (bearer.principal, bearer.session_id) == (alice, session.pk)
        assert bearer.principal.email == "alice@example.org"
        assert bearer.claims["sub"] == str(alice.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda at: Session.objects.update(revoked_at=at),
        lambda at: Session.objects.update(idle_expires_at=at),
        lambda at: Session.objects.update(idle_expires_at=at, expires_at=at),
        lambda _: Session.objects.all().delete(),
        lambda _: User.objects.update(is_active=False),
        lambda at: User.objects.update(not_before=at + SECOND),
        lambda _: User.objects.all().delete(),
    ],
)
def test_what_changed_a_moment_ago_is_seen(first: Issued, noon: datetime, change: Callable[[datetime], object]) -> None:
    selectors.bearer_of(first.access, at=noon)
    change(noon)

    for token in (first.access, first.refresh):
        with pytest.raises(TokenNotValid):
            selectors.check(token, at=noon)


def test_a_session_of_somebody_else_under_that_id_does_not_count(bob: User, first: Issued, noon: datetime) -> None:
    Session.objects.update(user=bob)

    with pytest.raises(TokenNotValid):
        selectors.bearer_of(first.access, at=noon)


def test_a_spent_refresh_token_does_not_check_out_and_checking_it_ends_nothing(first: Issued, noon: datetime) -> None:
    second = refreshing.refresh(first.refresh, actor=SYSTEM, at=noon)
    assert isinstance(second, Issued)
    selectors.check(first.refresh, at=noon + SECOND)

    with pytest.raises(TokenNotValid):
        selectors.check(first.refresh, at=noon + DAY)
    selectors.check(second.refresh, at=noon + DAY)


@pytest.mark.parametrize(
    "term", ["{alice.pk}", "{session.pk}", "alice@", "Alice@Example.org", "198.51.100.7", "2001:DB8::7", "first-party"]
)
def test_a_session_is_found_by_whom_where_and_what(alice: User, session: Session, term: str) -> None:
    Session.objects.update(ip="2001:db8::7" if ":" in term else "198.51.100.7")

    found = Session.objects.filter(selectors.sessions_named(term.format(alice=alice, session=session)))

    assert list(found) == [session]


@pytest.mark.parametrize("term", ["bob@", "198.51.100.8", "fe80::1%eth0", "0" * 32, "third-party", "%", "@", "é"])
def test_and_by_nothing_else(session: Session, term: str) -> None:
    assert not Session.objects.filter(selectors.sessions_named(term)).exists()
