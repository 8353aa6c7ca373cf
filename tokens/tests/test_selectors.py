from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ServiceAccount, User
from common.actors import SYSTEM, ActorKind
from rbac.models import RoleAssignment
from rbac.tests.factories import give
from tokens import proofs, selectors
from tokens.errors import TokenNotValid
from tokens.models import Session, SigningKey
from tokens.services import refreshing
from tokens.services.issuing import Issued
from tokens.tests.clients import allow
from tokens.tests.machines import buy, machine, secret_of

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def test_a_good_token_tells_who_holds_it_with_one_query(
    alice: User, session: Session, first: Issued, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        bearer = selectors.bearer_of(first.access, at=noon)
        assert (bearer.principal, bearer.session_id) == (alice, session.pk)
        assert str(bearer.principal) == "alice@example.org"
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

    with pytest.raises(TokenNotValid):
        selectors.bearer_of(first.access, at=noon)
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


class TestMachines:
    @pytest.fixture
    def token(self, db: None) -> str:
        return buy(secret_of(machine("billing", "invoice:view")))

    def test_a_machine_comes_with_what_it_may_and_costs_one_query(
        self, token: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            bearer = selectors.bearer_of(token, at=timezone.now())
            assert bearer.principal.has_perm("invoice:view")
            assert not bearer.principal.has_perm("invoice:approve")
            assert (bearer.actor_kind, bearer.principal_id) == (ActorKind.SERVICE_ACCOUNT, bearer.principal.pk)

    def test_the_rest_of_its_row_is_read_when_it_is_asked_for(self, token: str) -> None:
        billing = cast("ServiceAccount", selectors.bearer_of(token, at=timezone.now()).principal)

        assert billing.name == "billing"

    def test_a_narrow_scope_binds_it(self, db: None) -> None:
        token = buy(secret_of(machine("billing", "invoice:*")), scope="invoice:view")

        bearer = selectors.bearer_of(token, at=timezone.now())

        assert bearer.scope == "invoice:view"
        assert bearer.principal.has_perm("invoice:view")
        assert not bearer.principal.has_perm("invoice:approve")

    def test_a_role_elsewhere_or_over_is_not_held_everywhere(self, token: str) -> None:
        RoleAssignment.objects.update(scope="/acme")
        assert not selectors.bearer_of(token, at=timezone.now()).principal.has_perm("invoice:view")

        RoleAssignment.objects.update(scope="/", valid_until=timezone.now())
        assert not selectors.bearer_of(token, at=timezone.now()).principal.has_perm("invoice:view")


def test_a_key_that_an_emergency_removed_is_believed_by_no_process(first: Issued, noon: datetime) -> None:
    selectors.check(first.access, at=noon)
    # Behind the back of this process, whose ring holds it for some seconds more.
    SigningKey.objects.all().delete()

    for ask in (selectors.check, selectors.bearer_of):
        with pytest.raises(TokenNotValid):
            ask(first.access, at=noon)
    with pytest.raises(TokenNotValid):
        selectors.check(first.refresh, at=noon)


def test_whether_a_token_is_good_costs_one_query(
    first: Issued, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for token in (first.access, first.refresh):
        with django_assert_num_queries(1):
            selectors.check(token, at=noon)


def test_a_role_is_told_once_whatever_else_she_holds(alice: User, first: Issued, noon: datetime) -> None:
    allow(alice, "invoice:view", "invoice:approve")
    give(alice, "user:view", scope="/acme")

    found = selectors.standing_of(proofs.AccessToken(first.access, at=noon), at=noon)

    assert found.role_names(noon) == ["role-of-alice"]
    assert [one.scope for one in found.holder.assigned] == ["/", "/acme"]
