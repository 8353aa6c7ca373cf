"""Machines hold roles as people do, and what a proof is good for cuts down what its holder may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM, ActorKind
from events.models import Event
from rbac import selectors
from rbac.errors import AlreadyAssigned, Refused
from rbac.models import Role, RoleAssignment
from rbac.services import assignments
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db
ROLES = "/api/v1/role-assignments/"
AsUser = Callable[[User], APIClient]


@pytest.fixture
def billing(noon: datetime) -> ServiceAccount:
    return service_accounts.create("billing", actor=SYSTEM, at=noon)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


class TestARole:
    def test_is_given_to_a_machine_and_ended(self, billing: ServiceAccount, clerk: Role, noon: datetime) -> None:
        given = give_role(billing, clerk, at=noon)
        assert selectors.may(billing, "invoice:approve", at=noon)

        assert assignments.end(given, actor=SYSTEM, at=noon) is True

        assert not selectors.may(billing, "invoice:approve", at=noon)
        for fact in Event.objects.filter(subject_type="role_assignment"):
            assert (fact.version, fact.data["user_id"], fact.data["service_account_id"]) == (3, None, str(billing.pk))

    def test_is_not_given_twice(self, billing: ServiceAccount, clerk: Role, noon: datetime) -> None:
        give_role(billing, clerk, at=noon, valid_until=noon + timedelta(days=1))

        with pytest.raises(AlreadyAssigned):
            give_role(billing, clerk, at=noon)

        give_role(billing, clerk, at=noon + timedelta(days=1))

    def test_that_is_not_held_is_not_given(
        self, billing: ServiceAccount, clerk: Role, bob: User, noon: datetime
    ) -> None:
        outcome = assignments.assign(billing, clerk, actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        refused = Event.objects.get(kind="rbac.role_assignment.refused")
        assert (refused.data["service_account_id"], refused.data["missing"]) == (str(billing.pk), ["invoice:approve"])

    def test_is_not_taken_from_a_machine_above(self, billing: ServiceAccount, bob: User, noon: datetime) -> None:
        given = give(billing, "user:view", at=noon)
        give(billing, "role:change", at=noon)
        give(bob, "user:view", at=noon)

        assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)

    def test_may_be_laid_down_by_its_holder(self, billing: ServiceAccount, noon: datetime) -> None:
        given = give(billing, "role:change", at=noon)
        itself = replace(SYSTEM, kind=ActorKind.SERVICE_ACCOUNT, id=billing.pk)

        assert assignments.end(given, actor=itself, at=noon) is True

    def test_of_a_machine_leaves_no_administrator(self, billing: ServiceAccount, noon: datetime) -> None:
        give(billing, "*:*", at=noon)

        assert not selectors.an_administrator_is_left(at=noon)


class TestOverTheApi:
    @pytest.fixture
    def roots(self, root: User, as_user: AsUser) -> APIClient:
        return as_user(root)

    def test_a_role_is_given_and_found_and_ended(
        self, roots: APIClient, billing: ServiceAccount, clerk: Role, alice: User
    ) -> None:
        give_role(alice, clerk)

        answer = roots.post(ROLES, {"role": "clerk", "service_account": str(billing.pk)}, format="json")

        said = answer.json()
        assert (answer.status_code, said["service_account"], said["user"]) == (201, str(billing.pk), None)
        assert roots.get(ROLES, {"service_account": str(billing.pk)}).json()["results"] == [said]
        assert len(roots.get(f"/api/v1/roles/{clerk.pk}/members/").json()["results"]) == 2
        assert roots.delete(f"{ROLES}{said['id']}/").status_code == 204

    @pytest.mark.parametrize("holders", [(), ("user", "service_account")])
    def test_a_role_has_one_holder(
        self, roots: APIClient, billing: ServiceAccount, clerk: Role, alice: User, holders: tuple[str, ...]
    ) -> None:
        known = {"user": str(alice.pk), "service_account": str(billing.pk)}

        answer = roots.post(ROLES, {"role": "clerk", **{name: known[name] for name in holders}}, format="json")

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "user")
        assert not RoleAssignment.objects.exists()

    @pytest.mark.parametrize("named", ["x", None, 7, "0197b3c0-0000-7000-8000-000000000000"])
    def test_a_machine_that_is_not_there_gets_none(self, roots: APIClient, clerk: Role, named: Any) -> None:
        answer = roots.post(ROLES, {"role": "clerk", "service_account": named}, format="json")

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "service_account")

    def test_a_person_is_no_machine(self, roots: APIClient, clerk: Role, alice: User) -> None:
        answer = roots.post(ROLES, {"role": "clerk", "service_account": str(alice.pk)}, format="json")

        assert answer.status_code == 400

    def test_whether_a_machine_may_is_decided_as_for_people(
        self, roots: APIClient, billing: ServiceAccount, clerk: Role
    ) -> None:
        give_role(billing, clerk)
        asked = {"action": {"name": "approve"}, "resource": {"type": "invoice", "id": "7"}}

        said = [
            roots.post(
                "/access/v1/evaluation", {"subject": {"type": kind, "id": str(billing.pk)}, **asked}, format="json"
            ).json()["decision"]
            for kind in ("service_account", "user")
        ]

        assert said == [True, False]


class TestTheBackend:
    def test_asks_whether_a_machine_is_above(self, billing: ServiceAccount, bob: User) -> None:
        give(bob, "service_account:change")
        assert bob.has_perm("service_account:change", billing)

        give(billing, "role:change")

        assert not User.objects.get(pk=bob.pk).has_perm("service_account:change", billing)

    def test_lets_a_machine_be_asked(self, billing: ServiceAccount, alice: User) -> None:
        give(billing, "user:change")
        assert billing.has_perm("accounts.change_user", alice)

        ServiceAccount.objects.update(is_active=False)

        assert not ServiceAccount.objects.get().has_perm("user:change")


class TestBounds:
    @pytest.mark.parametrize(
        ("bounds", "permission", "allowed"),
        [
            (None, "invoice:approve", True),
            ({"*:*"}, "invoice:approve", True),
            ({"invoice:*"}, "invoice:approve", True),
            ({"*:approve"}, "invoice:approve", True),
            ({"invoice:view"}, "invoice:approve", False),
            ({"user:view"}, "user:view", False),
            (set(), "invoice:approve", False),
        ],
    )
    def test_cut_down_what_is_held(
        self, alice: User, bounds: set[str] | None, permission: str, allowed: bool, noon: datetime
    ) -> None:
        give(alice, "invoice:*", at=noon)
        alice.bounds = None if bounds is None else frozenset(bounds)

        assert bool(selectors.may(alice, permission, at=noon)) == allowed

    def test_bind_superusers_too(self, root: User, noon: datetime) -> None:
        root.bounds = frozenset({"user:view"})

        assert selectors.may(root, "user:view", at=noon)
        assert not selectors.may(root, "user:change", at=noon)

    def test_go_with_the_actor_into_the_services(self, root: User, alice: User, clerk: Role, noon: datetime) -> None:
        bound = replace(actor(root), bounds=frozenset({"invoice:view"}))

        assert isinstance(assignments.assign(alice, clerk, actor=bound, at=noon), Refused)


class TestQuestions:
    def test_what_one_gains_by_being_another_counts_other_applications_too(
        self, billing: ServiceAccount, alice: User, noon: datetime
    ) -> None:
        give(billing, "invoice:approve", "user:view", at=noon)
        give(alice, "user:view", at=noon)

        assert selectors.gained_through(billing, actor(alice), at=noon) == ["invoice:approve"]
        assert selectors.gained_through(billing, SYSTEM, at=noon) == []

    @pytest.mark.parametrize(
        ("patterns", "unheld", "untouched"),
        [
            (["invoice:view"], [], []),
            (["invoice:*"], ["invoice:*"], []),
            (["*:view"], ["*:view"], []),
            (["*:approve"], ["*:approve"], ["*:approve"]),
            (["user:view", "invoice:view"], ["user:view"], ["user:view"]),
            ([], [], []),
        ],
    )
    def test_what_is_held_wholly_or_in_part(
        self, alice: User, patterns: list[str], unheld: list[str], untouched: list[str], noon: datetime
    ) -> None:
        give(alice, "invoice:view", scope="/acme", at=noon)
        give(alice, "user:*", at=noon, valid_until=noon + timedelta(days=1))
        later = noon + timedelta(days=2)

        assert selectors.unheld(alice, patterns, at=later) == unheld
        assert selectors.untouched(alice, patterns, at=later) == untouched

    def test_a_machine_has_role_names_of_its_own(self, billing: ServiceAccount, clerk: Role, noon: datetime) -> None:
        give_role(billing, clerk, at=noon)
        give(billing, "user:view", scope="/acme", at=noon)

        assert selectors.role_names_of_machine(billing.pk, at=noon) == ["clerk"]
        assert selectors.role_names_of(billing.pk, at=noon) == []
