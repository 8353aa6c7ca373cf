"""What the lists of rbac are narrowed to."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient
from time_machine import travel

from accounts.models import User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.models import Role, RoleRequest
from rbac.services import approvals, builtin, requests
from rbac.tests.access import DAY, AsUser, get, review, wish
from rbac.tests.factories import actor, give_role, group_of, role_of, separate

pytestmark = pytest.mark.django_db
NOBODY = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def staff(root: User, as_user: AsUser) -> APIClient:
    return as_user(root)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


def found(client: APIClient, path: str, **query: str) -> set[str]:
    answer = get(client, path, **query)
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


class TestAssignments:
    def test_are_found_by_the_group_that_holds_them_by_its_name_or_id(
        self, staff: APIClient, alice: User, clerk: Role
    ) -> None:
        clerks = group_of(alice, name="clerks")
        given = give_role(clerks, clerk)
        give_role(alice, clerk), give_role(group_of(name="others"), clerk)

        by = [found(staff, "role-assignments/", group=said) for said in ("clerks", str(clerks.pk))]

        assert by == [{str(given.pk)}] * 2

    @pytest.mark.parametrize("unknown", ["nobody", NOBODY])
    def test_of_a_group_that_is_not_there_are_none_also_where_no_group_holds_them(
        self, staff: APIClient, alice: User, clerk: Role, unknown: str
    ) -> None:
        given = give_role(alice, clerk)

        assert found(staff, "role-assignments/", group=unknown) == set()
        assert found(staff, "role-assignments/", group="") == {str(given.pk)}

    def test_are_found_by_the_machine(self, staff: APIClient, alice: User, clerk: Role) -> None:
        machine = service_accounts.create("billing", actor=SYSTEM, at=timezone.now())
        given = give_role(machine, clerk)
        give_role(alice, clerk)

        assert found(staff, "role-assignments/", service_account=str(machine.pk)) == {str(given.pk)}
        assert found(staff, "role-assignments/", user=str(machine.pk)) == set()

    def test_count_from_their_beginning_to_just_before_their_end(
        self, staff: APIClient, alice: User, clerk: Role, noon: Any
    ) -> None:
        one = str(give_role(alice, clerk, at=noon, valid_from=noon + DAY, valid_until=noon + 2 * DAY).pk)

        for days, active in ((0, set()), (1, {one}), (2, set())):
            with travel(noon + days * DAY, tick=False):
                assert found(staff, "role-assignments/", active="true") == active
                assert found(staff, "role-assignments/", active="false") == {one} - active


class TestRolesAndPermissions:
    def test_are_found_by_whether_they_are_built_in(self, staff: APIClient, clerk: Role) -> None:
        builtin.install(at=timezone.now())

        names = [row["name"] for row in get(staff, "permissions/", is_builtin="false").json()["results"]]
        roles = {row["name"] for row in get(staff, "roles/", is_builtin="true").json()["results"]}

        assert names == ["invoice:approve"]
        assert ("clerk" in roles, "support" in roles) == (False, True)

    def test_a_role_is_found_by_what_is_its_own_and_not_by_what_it_inherits(
        self, staff: APIClient, clerk: Role
    ) -> None:
        role_of("lead", "invoice:*", inherits=[clerk])

        assert found(staff, "roles/", permission="invoice:approve") == {str(clerk.pk)}
        assert found(staff, "roles/", permission="invoice") == set()

    def test_a_separation_is_found_by_its_role_once(self, staff: APIClient, clerk: Role) -> None:
        other = role_of("other")
        row = separate(clerk, other)
        separate(other, role_of("third"), kind="dynamic")

        assert found(staff, "separation-of-duty/", role="clerk") == {str(row.pk)}
        assert found(staff, "separation-of-duty/", role="nobody") == set()


class TestRequests:
    @pytest.fixture
    def each(self, alice: User, root: User, clerk: Role, noon: Any) -> dict[str, str]:
        """One of each state, two days later: what was decided stays so after its time."""
        made: dict[str, RoleRequest] = {}
        for state in ("pending", "approved", "denied", "withdrawn", "lapsed", "overtaken"):
            days = 7 if state == "pending" else 1
            made[state] = wish(alice, clerk, scope=f"/{state}", days=days, at=noon)
        approvals.approve(made["approved"], actor=actor(root), at=noon)
        approvals.deny(made["denied"], actor=actor(root), at=noon)
        requests.withdraw(made["withdrawn"], actor=actor(alice), at=noon)
        RoleRequest.objects.filter(pk=made["lapsed"].pk).update(state="lapsed")
        return {state: str(one.pk) for state, one in made.items()}

    @pytest.mark.parametrize("state", ["pending", "approved", "denied", "withdrawn"])
    def test_are_found_by_what_became_of_them(
        self, staff: APIClient, each: dict[str, str], noon: Any, state: str
    ) -> None:
        with travel(noon + DAY, tick=False):
            assert found(staff, "role-requests/", state=state) == {each[state]}

    def test_have_lapsed_at_their_end_whether_or_not_that_is_written(
        self, staff: APIClient, each: dict[str, str], noon: Any
    ) -> None:
        with travel(noon + DAY, tick=False):
            assert found(staff, "role-requests/", state="lapsed") == {each["lapsed"], each["overtaken"]}

    def test_are_found_by_the_roles_id_and_lie_within_places_at_whole_names(
        self, staff: APIClient, alice: User, clerk: Role, noon: Any
    ) -> None:
        near, far = (str(wish(alice, clerk, at=noon, scope=scope).pk) for scope in ("/acme/eu", "/acme2"))

        assert found(staff, "role-requests/", role=str(clerk.pk)) == {near, far}
        assert found(staff, "role-requests/", within="/acme") == {near}
        assert found(staff, "role-requests/", scope="/acme") == set()


def test_the_items_of_others_are_also_those_that_nobody_is_asked_about(
    staff: APIClient, root: User, alice: User, clerk: Role
) -> None:
    hers, own = give_role(alice, clerk), give_role(root, clerk)
    begun = review(by=root, role=clerk, at=timezone.now())
    items = {one.assignment_id: str(one.pk) for one in begun.items.all()}
    path = f"access-reviews/{begun.pk}/items/"

    assert found(staff, path, mine="true") == {items[hers.pk]}
    assert found(staff, path, mine="false") == {items[own.pk]}
