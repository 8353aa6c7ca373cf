"""Sets of separated duties: made, changed, unmade, and what a dynamic one does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import NotFound, VersionMismatch
from events.models import Event
from rbac import selectors
from rbac.decisions import Cause
from rbac.errors import (
    DutiesNotSeparate,
    InvalidSeparation,
    InvalidSeparationName,
    Refused,
    RoleInUse,
    SeparationExists,
)
from rbac.models import Policy, Role, SeparationOfDuty
from rbac.services import roles, separation
from rbac.tests.factories import actor, give, give_role, group_of, role_of, separate

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def payer() -> Role:
    return role_of("payer", "invoice:pay")


@pytest.fixture
def approver() -> Role:
    return role_of("approver", "invoice:approve")


@pytest.fixture
def apart(payer: Role, approver: Role) -> SeparationOfDuty:
    """Who pays does not approve."""
    return separate(payer, approver, name="four-eyes")


def change(row: SeparationOfDuty, by: User | None = None, *, at: datetime, **changes: Any) -> Any:
    return separation.update(row, changes=changes, actor=actor(by) if by else SYSTEM, at=at)  # type: ignore[arg-type]  # as given


class TestASet:
    def test_is_told_when_made_changed_and_deleted(
        self, root: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        row = separation.create("s", kind="static", roles=[payer, approver], actor=actor(root), at=noon)
        assert isinstance(row, SeparationOfDuty)
        change(row, root, at=noon, description="why")
        separation.delete(row, actor=actor(root), at=noon)

        told = Event.objects.filter(subject_type="separation_of_duty").order_by("pk")
        assert [one.kind.rpartition(".")[2] for one in told] == ["created", "updated", "deleted"]
        assert told[1].data == {
            "name": "s",
            "separates": "static",
            "roles": ["approver", "payer"],
            "limit": 1,
            "changed": ["description"],
        }

    @pytest.mark.parametrize(("count", "limit"), [(0, 1), (1, 1), (2, 2), (2, 3), (101, 1)])
    def test_names_more_roles_than_it_leaves_to_one(self, noon: datetime, count: int, limit: int) -> None:
        made = [Role(name=f"r-{n}", created_at=noon, updated_at=noon) for n in range(count)]

        with pytest.raises(InvalidSeparation):
            separate(*Role.objects.bulk_create(made), limit=limit)

    def test_is_named_as_a_role_is(self, payer: Role, approver: Role) -> None:
        with pytest.raises(InvalidSeparationName):
            separate(payer, approver, name="Four Eyes")

    def test_has_a_name_of_its_own(self, apart: SeparationOfDuty, payer: Role, approver: Role) -> None:
        with pytest.raises(SeparationExists):
            separate(payer, approver, name=apart.name)

    def test_of_more_roles_leaves_as_many_as_it_says(
        self, alice: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        third = role_of("third")
        separate(payer, approver, third, limit=2)
        give_role(alice, payer, at=noon)
        give_role(alice, approver, at=noon)

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, third, at=noon)

    def test_keeps_its_roles(self, apart: SeparationOfDuty, payer: Role, noon: datetime) -> None:
        with pytest.raises(RoleInUse, match="four-eyes"):
            roles.delete(payer, actor=SYSTEM, at=noon)

        separation.delete(apart, actor=SYSTEM, at=noon)
        assert roles.delete(payer, actor=SYSTEM, at=noon) is None

    def test_holds_nobody_back_any_more_when_it_is_gone(
        self, apart: SeparationOfDuty, alice: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        give_role(alice, payer, at=noon)
        separation.delete(apart, actor=SYSTEM, at=noon)

        assert give_role(alice, approver, at=noon).ended_at is None

    def test_that_another_has_changed_is_told(self, apart: SeparationOfDuty, noon: datetime) -> None:
        change(apart, at=noon, description="A")

        for act in (separation.update, separation.delete):
            more: dict[str, Any] = {"changes": {"description": "B"}} if act is separation.update else {}
            with pytest.raises(VersionMismatch):
                act(apart, if_version=1, actor=SYSTEM, at=noon, **more)

    def test_that_is_gone_is_not_found(self, apart: SeparationOfDuty, noon: datetime) -> None:
        separation.delete(apart, actor=SYSTEM, at=noon)

        with pytest.raises(NotFound):
            change(apart, at=noon, description="A")

    def test_of_a_role_that_is_gone_is_not_made(self, payer: Role, approver: Role, noon: datetime) -> None:
        roles.delete(payer, actor=SYSTEM, at=noon)

        with pytest.raises(NotFound):
            separate(payer, approver)

    def test_that_is_as_it_should_be_is_left_alone(
        self, apart: SeparationOfDuty, payer: Role, approver: Role, noon: datetime
    ) -> None:
        stamp = Policy.objects.get().stamp

        row = change(apart, at=noon, roles=[approver, payer], limit=1, kind="static", description="")

        assert (row.version, Policy.objects.get().stamp) == (1, stamp)


class TestNoSetIsMadeThatSomebodyViolates:
    @pytest.fixture
    def violators(self, person: Callable[..., User], payer: Role, approver: Role, noon: datetime) -> list[str]:
        """Seven who hold both, by turns directly and through a group."""
        people = [person(f"p{n}") for n in range(7)]
        give_role(group_of(*people), payer, at=noon)
        for one in people:
            give_role(one, approver, at=noon)
        return sorted(str(one.pk) for one in people)

    def test_and_it_says_how_many_and_the_first_few(
        self, violators: list[str], payer: Role, approver: Role, noon: datetime
    ) -> None:
        del noon
        with pytest.raises(DutiesNotSeparate) as refusal:
            separate(payer, approver)

        assert refusal.value.members["violations"] == 7
        assert refusal.value.members["holders"] == violators[:5]
        assert not SeparationOfDuty.objects.exists()

    @pytest.mark.parametrize("tighter", ["limit", "kind", "roles"])
    @pytest.mark.usefixtures("violators")
    def test_nor_one_made_stricter(self, payer: Role, approver: Role, noon: datetime, tighter: str) -> None:
        third, fourth = role_of("third"), role_of("fourth")
        kept, limit = ([third, fourth], 1) if tighter == "roles" else ([payer, approver, third], 2)
        row = separate(*kept, limit=limit, kind="dynamic" if tighter == "kind" else "static")
        stricter: dict[str, Any] = {"limit": 1, "kind": "static", "roles": [payer, approver]}

        with pytest.raises(DutiesNotSeparate):
            change(row, at=noon, **{tighter: stricter[tighter], "limit": 1})

        row.refresh_from_db()
        assert row.version == 1

    def test_but_a_looser_one_is(self, violators: list[str], payer: Role, approver: Role) -> None:
        del violators

        assert separate(payer, approver, role_of("third"), limit=2).version == 1

    def test_and_a_dynamic_one_is(self, violators: list[str], payer: Role, approver: Role) -> None:
        del violators

        assert separate(payer, approver, kind="dynamic").version == 1


class TestNobodyClimbs:
    """A separation takes from those that hold the roles, and its end gives to them."""

    @pytest.mark.parametrize(("holds", "able"), [("invoice:*", True), ("invoice:pay", False)])
    def test_by_making_one(
        self, bob: User, payer: Role, approver: Role, noon: datetime, holds: str, able: bool
    ) -> None:
        give(bob, holds, at=noon)

        row = separation.create("s", kind="dynamic", roles=[payer, approver], actor=actor(bob), at=noon)

        assert isinstance(row, SeparationOfDuty) is able
        assert Event.objects.filter(kind="rbac.separation_of_duty.refused").exists() is not able

    @pytest.mark.parametrize("said", [{"limit": 1}, {"kind": "dynamic"}, {"roles": []}])
    def test_by_changing_one(
        self, bob: User, payer: Role, approver: Role, noon: datetime, said: dict[str, Any]
    ) -> None:
        kept = [role_of("third"), role_of("fourth")]
        row = separate(payer, approver, *kept, limit=2)
        changes = {"roles": [*kept, payer]} if "roles" in said else said

        assert isinstance(change(row, bob, at=noon, **changes), Refused)

        row.refresh_from_db()
        assert (row.limit, row.kind, row.separated.count()) == (2, "static", 4)

    def test_by_unmaking_one(self, apart: SeparationOfDuty, bob: User, noon: datetime) -> None:
        refused = separation.delete(apart, actor=actor(bob), at=noon)

        assert isinstance(refused, Refused)
        assert refused.error.members["missing"] == ["invoice:approve", "invoice:pay"]
        assert SeparationOfDuty.objects.exists()

    def test_words_are_free(self, apart: SeparationOfDuty, bob: User, noon: datetime) -> None:
        assert isinstance(change(apart, bob, at=noon, description="Who pays does not approve"), SeparationOfDuty)


class TestADynamicOne:
    @pytest.fixture(autouse=True)
    def _both(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        for role in (payer, approver):
            give_role(alice, role, at=noon)
        separate(payer, approver, kind="dynamic", name="four-eyes")

    def test_lets_one_hold_both_and_use_neither(self, alice: User, noon: datetime) -> None:
        decision = selectors.may(alice, "invoice:pay", at=noon)

        assert (decision.allowed, decision.cause) == (False, Cause.SEPARATION_OF_DUTY)
        assert "four-eyes" in decision.because

    def test_counts_only_what_stands_at_that_moment(
        self, bob: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        give_role(bob, payer, at=noon, valid_until=noon + DAY)
        give_role(bob, approver, at=noon, valid_from=noon + DAY)

        assert selectors.may(bob, "invoice:pay", at=noon)
        assert selectors.may(bob, "invoice:approve", at=noon + DAY)

    def test_leaves_her_rank(self, alice: User, bob: User, noon: datetime) -> None:
        give(alice, "user:change", at=noon)

        assert selectors.outranks(alice, bob, at=noon)

    def test_leaves_alone_who_holds_one(self, bob: User, payer: Role, noon: datetime) -> None:
        give_role(bob, payer, at=noon)

        assert selectors.may(bob, "invoice:pay", at=noon)
