"""No separation of duty stands that one role breaks alone, by what it inherits: nobody could ever have that role."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event
from rbac import selectors
from rbac.errors import BrokenByOneRole, DutiesNotSeparate
from rbac.models import Role, SeparatedRole, SeparationOfDuty
from rbac.services import inheritance, roles, separation
from rbac.tests.factories import give_role, role_of, separate

pytestmark = pytest.mark.django_db
both_kinds = pytest.mark.parametrize("kind", ["static", "dynamic"])


@pytest.fixture
def payer() -> Role:
    return role_of("payer", "invoice:pay")


@pytest.fixture
def approver() -> Role:
    return role_of("approver", "invoice:approve")


@pytest.fixture
def checker() -> Role:
    return role_of("checker", "invoice:check")


def inherit(senior: Role, *juniors: Role, at: datetime) -> Any:
    return roles.update(senior, changes={"inherits": list(juniors)}, actor=SYSTEM, at=at)


def change(row: SeparationOfDuty, *, at: datetime, **changes: Any) -> Any:
    return separation.update(row, changes=changes, actor=SYSTEM, at=at)  # type: ignore[arg-type]  # as given


class TestASetIsNotMade:
    @both_kinds
    def test_of_a_role_and_one_that_inherits_it(self, payer: Role, kind: str) -> None:
        boss = role_of("boss", inherits=[payer])

        with pytest.raises(BrokenByOneRole, match="and boss inherits payer") as refusal:
            separate(payer, boss, kind=kind, name="four-eyes")

        assert refusal.value.members == {
            "separation": "four-eyes",
            "role": "boss",
            "roles": ["boss", "payer"],
            "limit": 1,
        }
        assert not SeparationOfDuty.objects.exists()
        assert not Event.objects.filter(kind="rbac.separation_of_duty.created").exists()

    @both_kinds
    def test_of_a_role_and_one_that_inherits_it_over_two_steps(self, payer: Role, kind: str) -> None:
        boss = role_of("boss", inherits=[role_of("between", inherits=[payer])])

        with pytest.raises(BrokenByOneRole, match="and boss inherits payer"):
            separate(payer, boss, kind=kind)

    @both_kinds
    def test_of_which_a_role_beside_them_inherits_both(self, payer: Role, approver: Role, kind: str) -> None:
        role_of("both", inherits=[payer, role_of("between", inherits=[approver])])

        with pytest.raises(BrokenByOneRole, match="and both inherits approver, payer"):
            separate(payer, approver, kind=kind)

    def test_and_of_all_that_break_it_the_lowest_is_told(self, payer: Role, approver: Role, noon: datetime) -> None:
        above, lowest, topmost = (role_of(name) for name in ("above", "lowest", "topmost"))
        inherit(lowest, payer, approver, at=noon)
        inherit(above, payer, lowest, at=noon)
        inherit(topmost, above, at=noon)

        with pytest.raises(BrokenByOneRole) as refusal:
            separate(payer, approver)

        assert refusal.value.members["role"] == "lowest"

    @both_kinds
    def test_that_leaves_two_where_one_has_three(
        self, payer: Role, approver: Role, checker: Role, noon: datetime, kind: str
    ) -> None:
        boss = role_of("boss", inherits=[payer])
        separate(payer, approver, boss, kind=kind, limit=2)
        separation.delete(SeparationOfDuty.objects.get(), actor=SYSTEM, at=noon)
        inherit(boss, payer, checker, at=noon)

        with pytest.raises(BrokenByOneRole, match="more than 2 of the roles boss, checker, payer together"):
            separate(payer, approver, checker, boss, kind=kind, limit=2)


class TestASetIsNotChangedToOne:
    @both_kinds
    def test_by_its_roles(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        row = separate(payer, approver, kind=kind)
        boss = role_of("boss", inherits=[payer])

        with pytest.raises(BrokenByOneRole):
            change(row, at=noon, roles=[payer, approver, boss])

        row.refresh_from_db()
        assert (row.version, row.separated.count()) == (1, 2)

    @both_kinds
    def test_by_its_limit(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        row = separate(payer, approver, role_of("boss", inherits=[payer]), kind=kind, limit=2)

        with pytest.raises(BrokenByOneRole):
            change(row, at=noon, limit=1)

        row.refresh_from_db()
        assert (row.version, row.limit) == (1, 2)


class TestARoleDoesNotComeToInherit:
    @both_kinds
    def test_what_it_is_kept_apart_from(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        separate(payer, approver, kind=kind)

        with pytest.raises(BrokenByOneRole, match="and payer inherits approver") as refusal:
            inherit(payer, approver, at=noon)

        assert [error.field for error in refusal.value.errors] == ["inherits"]
        assert not inheritance.juniors_of(payer)

    @both_kinds
    def test_over_two_steps(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        separate(payer, approver, kind=kind)
        between = role_of("between", inherits=[approver])

        with pytest.raises(BrokenByOneRole, match="and payer inherits approver"):
            inherit(payer, between, at=noon)

    @both_kinds
    def test_and_so_make_one_above_it_too_mighty(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        separate(payer, approver, kind=kind)
        between = role_of("between")
        role_of("top", inherits=[payer, role_of("below-top", inherits=[between])])

        with pytest.raises(BrokenByOneRole, match="and top inherits approver, payer"):
            inherit(between, approver, at=noon)

        assert not inheritance.juniors_of(between)

    @both_kinds
    def test_both_from_the_start(self, payer: Role, approver: Role, kind: str) -> None:
        separate(payer, approver, kind=kind)

        with pytest.raises(BrokenByOneRole, match="and both inherits approver, payer"):
            role_of("both", inherits=[payer, approver])

        assert not Role.objects.filter(name="both").exists()

    @both_kinds
    def test_three_where_two_are_left_to_one(
        self, payer: Role, approver: Role, checker: Role, noon: datetime, kind: str
    ) -> None:
        separate(payer, approver, checker, kind=kind, limit=2)
        inherit(payer, approver, at=noon)

        with pytest.raises(BrokenByOneRole):
            inherit(payer, approver, checker, at=noon)

        assert inheritance.juniors_of(payer) == {approver.pk}

    def test_what_breaks_the_second_of_two_sets(
        self, payer: Role, approver: Role, checker: Role, noon: datetime
    ) -> None:
        separate(payer, checker, name="first")
        separate(payer, approver, name="second")

        with pytest.raises(BrokenByOneRole, match="separation second"):
            inherit(payer, approver, at=noon)


class TestWhatIsNoConflict:
    @both_kinds
    def test_one_of_them_by_many_ways(
        self, alice: User, payer: Role, approver: Role, noon: datetime, kind: str
    ) -> None:
        separate(payer, approver, kind=kind)
        between = role_of("between", inherits=[payer])
        top = role_of("top", inherits=[between, payer])

        give_role(alice, top, at=noon)

        assert selectors.may(alice, "invoice:pay", at=noon)

    @both_kinds
    def test_to_inherit_the_other_instead(self, payer: Role, approver: Role, noon: datetime, kind: str) -> None:
        separate(payer, approver, kind=kind)
        either = role_of("either", inherits=[payer])

        assert isinstance(inherit(either, approver, at=noon), Role)

    def test_a_role_of_the_set_that_inherits_what_is_not(self, payer: Role, approver: Role, noon: datetime) -> None:
        inherit(payer, role_of("reader"), at=noon)

        assert separate(payer, approver).version == 1


class TestOneFromBeforeThisRule:
    @pytest.fixture
    def broken(self, payer: Role, approver: Role) -> SeparationOfDuty:
        row = separate(payer, role_of("boss", inherits=[approver]), name="old")
        SeparatedRole.objects.create(separation=row, role=approver)
        return row

    @pytest.mark.usefixtures("broken")
    def test_stands_in_nobody_elses_way(self, approver: Role) -> None:
        assert role_of("other", inherits=[approver]).version == 1

    def test_is_still_described(self, broken: SeparationOfDuty, noon: datetime) -> None:
        assert change(broken, at=noon, description="Why").version == 2

    @pytest.mark.usefixtures("broken")
    def test_is_held_to_all_the_same(self, alice: User, noon: datetime) -> None:
        with pytest.raises(DutiesNotSeparate):
            give_role(alice, Role.objects.get(name="boss"), at=noon)

    def test_is_healed_by_leaving_one_out(
        self, broken: SeparationOfDuty, payer: Role, approver: Role, noon: datetime
    ) -> None:
        with pytest.raises(BrokenByOneRole):
            change(broken, at=noon, kind="dynamic")

        assert change(broken, at=noon, roles=[payer, approver], kind="dynamic").version == 2

    def test_is_healed_by_what_is_inherited_no_more(self, broken: SeparationOfDuty, noon: datetime) -> None:
        inherit(Role.objects.get(name="boss"), at=noon)

        assert change(broken, at=noon, kind="dynamic").version == 2
