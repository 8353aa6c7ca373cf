"""What nodes remember together of who stands: what it costs, and that every change is seen by the next request."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.services import lifecycle, passwords, service_accounts
from common import stamps
from common.actors import SYSTEM
from rbac.models import Role, RoleAssignment
from rbac.services import assignments, roles
from rbac.tests.factories import give
from tokens import introspection, selectors, standing
from tokens.errors import TokenNotValid
from tokens.models import ServiceCredential, Session
from tokens.services import credentials, giving_back, keys, refreshing, sessions
from tokens.tests.redis_server import RedisServer
from tokens.tests.scenes import ON_SERVICES, Scene, end_session

pytestmark = ON_SERVICES


Change = Callable[[Scene], object]


class TestCost:
    def test_what_stands_costs_one_round_trip_and_no_query(
        self, scene: Scene, redis: RedisServer, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        asked = redis.calls("mget")
        others = redis.calls("get"), redis.calls("set"), redis.calls("eval")

        with django_assert_num_queries(0):
            selectors.check(scene.pair.access, at=scene.at)
            told = scene.told(scene.pair.access)
            bearer = selectors.bearer_of(scene.machine_token, at=scene.at)
            assert bearer.principal.has_perm("invoice:view")

        assert told
        assert told["roles"] == [scene.role.role.name]
        assert redis.calls("mget") == asked + 3
        assert (redis.calls("get"), redis.calls("set"), redis.calls("eval")) == others

    def test_after_a_change_it_costs_one_query_and_then_none(
        self, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        give(scene.alice, "invoice:approve")

        for cost in (1, 0):
            with django_assert_num_queries(cost):
                selectors.check(scene.pair.access, at=scene.at)

    def test_a_person_who_comes_herself_costs_one_query_and_no_round_trip(
        self, scene: Scene, redis: RedisServer, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        asked = redis.calls("mget")

        with django_assert_num_queries(1):
            assert selectors.bearer_of(scene.pair.access, at=scene.at).principal == scene.alice

        assert redis.calls("mget") == asked

    def test_a_change_costs_two_round_trips(self, scene: Scene, redis: RedisServer) -> None:
        before = redis.calls("eval")

        sessions.end(scene.session, reason="test", actor=SYSTEM, at=scene.at)

        assert redis.calls("eval") == before + 2

    def test_however_many_it_is_about(self, redis: RedisServer) -> None:
        before = redis.calls("eval")

        standing.changed(*(uuid4() for _ in range(2 * stamps.MOST_AT_ONCE + 1)))

        assert redis.calls("eval") == before + 2 * 3

    def test_nothing_is_remembered_of_what_a_transaction_sees(self, scene: Scene) -> None:
        standing.changed(scene.alice.pk)
        with transaction.atomic():
            RoleAssignment.objects.update(scope="/acme")
            scene.look()
            transaction.set_rollback(True)

        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == [scene.role.role.name]


KILLING: dict[str, Change] = {
    "the session ended": end_session,
    "all others ended": lambda s: sessions.end_all(s.alice.pk, reason="test", actor=SYSTEM, at=s.at),
    "these ended": lambda s: sessions.end_these([s.session.pk], reason="test", actor=SYSTEM, at=s.at),
    "deactivated": lambda s: lifecycle.deactivate(s.alice, actor=SYSTEM, at=s.at),
    "erased": lambda s: lifecycle.erase(s.alice, actor=SYSTEM, at=s.at),
    "signed out": lambda s: lifecycle.sign_out(s.alice, actor=SYSTEM, at=s.at),
    "new password": lambda s: passwords.replace(s.alice, "!", actor=SYSTEM, at=s.at),
    "emergency": lambda s: keys.replace_all(actor=SYSTEM, at=s.at),
    "given back": lambda s: giving_back.revoke(s.pair.refresh, actor=SYSTEM, at=s.at),
}
KILLING_THE_MACHINE: dict[str, Change] = {
    "secret revoked": lambda s: credentials.revoke(_credential(s), actor=SYSTEM, at=s.at),
    "tokens ended": lambda s: credentials.end_tokens(_credential(s).epoch, actor=SYSTEM, at=s.at),
    "deactivated": lambda s: service_accounts.deactivate(s.billing, actor=SYSTEM, at=s.at),
    "given back": lambda s: giving_back.revoke(s.machine_token, actor=SYSTEM, at=s.at),
    "deleted": lambda s: service_accounts.delete(s.billing, actor=SYSTEM, at=s.at),
    "emergency": lambda s: keys.replace_all(actor=SYSTEM, at=s.at),
}


def _credential(scene: Scene) -> ServiceCredential:
    return ServiceCredential.objects.get(service_account=scene.billing)


class TestChanges:
    @pytest.mark.parametrize("cause", KILLING)
    def test_the_next_request_sees_what_ended_a_session(self, scene: Scene, cause: str) -> None:
        KILLING[cause](scene)

        assert scene.refused(scene.pair.access)

    @pytest.mark.parametrize("cause", KILLING_THE_MACHINE)
    def test_and_what_ended_a_machine_s_token(self, scene: Scene, cause: str) -> None:
        KILLING_THE_MACHINE[cause](scene)

        assert scene.refused(scene.machine_token)
        with pytest.raises(TokenNotValid):
            selectors.bearer_of(scene.machine_token, at=scene.at)

    def test_what_is_undone_has_changed_nothing(self, scene: Scene) -> None:
        with transaction.atomic():
            end_session(scene)
            transaction.set_rollback(True)

        assert not scene.refused(scene.pair.access)

    def test_a_role_given_or_taken_counts_at_once(self, scene: Scene) -> None:
        assignments.end(scene.role, actor=SYSTEM, at=scene.at)
        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == []

        more = give(scene.alice, "invoice:approve")
        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == [more.role.name]

    def test_so_does_a_role_taken_from_a_machine(self, scene: Scene) -> None:
        assignments.end(RoleAssignment.objects.get(service_account=scene.billing), actor=SYSTEM, at=scene.at)

        assert not selectors.bearer_of(scene.machine_token, at=scene.at).principal.has_perm("invoice:view")

    def test_so_does_what_a_machine_s_role_gives(self, scene: Scene) -> None:
        role = Role.objects.get(assignments__service_account=scene.billing)
        roles.update(role, changes={"permissions": ["user:view"]}, actor=SYSTEM, at=scene.at)

        machine = selectors.bearer_of(scene.machine_token, at=scene.at).principal

        assert machine.has_perm("user:view")
        assert not machine.has_perm("invoice:view")

    def test_the_clock_ends_roles_and_sessions_without_any_change(self, scene: Scene) -> None:
        RoleAssignment.objects.update(valid_until=scene.at + timedelta(seconds=30))
        Session.objects.update(idle_expires_at=scene.at + timedelta(seconds=60))
        standing.changed(scene.alice.pk)
        scene.look()

        for later, told in ((29, [scene.role.role.name]), (30, [])):
            found = introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=later))
            assert found
            assert found["roles"] == told
        assert introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=60)) is None

    def test_a_session_that_was_refreshed_meanwhile_is_not_taken_for_idle(self, scene: Scene) -> None:
        Session.objects.update(idle_expires_at=scene.at + timedelta(seconds=60))
        standing.changed(scene.alice.pk)
        scene.look()
        refreshing.refresh(scene.pair.refresh, actor=SYSTEM, at=scene.at)

        assert introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=60))
