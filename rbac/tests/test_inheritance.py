"""Roles that inherit from others: what they then give, who may make them so, and what is refused."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import NotFound
from events.models import Event
from rbac import selectors
from rbac.errors import (
    BuiltinRole,
    InheritanceTooDeep,
    LastAdministrator,
    Refused,
    RoleCycle,
    RoleInUse,
    TooManyJuniors,
)
from rbac.models import Policy, Role, RoleInheritance
from rbac.services import assignments, builtin, inheritance, roles
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def inherit(role: Role, *juniors: Role, by: User | None = None, at: datetime) -> Role | Refused:
    asker = actor(by) if by else SYSTEM
    return roles.update(role, changes={"inherits": list(juniors)}, actor=asker, at=at)


def chain(length: int) -> list[Role]:
    """From the lowest to the highest, each inheriting from the one before."""
    found = [role_of("level-0", "invoice:view")]
    for level in range(1, length):
        found.append(role_of(f"level-{level}", inherits=[found[-1]]))
    return found


def test_a_role_gives_what_its_juniors_give_over_however_many_levels(alice: User, noon: datetime) -> None:
    give_role(alice, chain(5)[-1], at=noon)

    decision = selectors.may(alice, "invoice:view", at=noon)

    assert decision
    assert decision.path == ("level-4", "level-3", "level-2", "level-1", "level-0")


def test_what_is_inherited_no_more_is_given_no_more(alice: User, noon: datetime) -> None:
    junior, senior = chain(2)
    give_role(alice, senior, at=noon)
    assert selectors.may(alice, "invoice:view", at=noon)

    inherit(senior, at=noon)

    assert not selectors.may(alice, "invoice:view", at=noon)
    assert inheritance.juniors_of(senior) == frozenset()
    assert Role.objects.filter(pk=junior.pk).exists()


def test_a_change_of_the_junior_reaches_whoever_holds_the_senior(alice: User, noon: datetime) -> None:
    junior, senior = chain(2)
    give_role(alice, senior, at=noon)

    roles.update(junior, changes={"permissions": ["invoice:*"]}, actor=SYSTEM, at=noon)

    assert selectors.may(alice, "invoice:pay", at=noon)


def test_the_facts_name_what_is_inherited(noon: datetime) -> None:
    first, second = role_of("first"), role_of("second")
    senior = role_of("senior", inherits=[first])
    inherit(senior, second, at=noon)

    made, changed = (
        Event.objects.get(kind=kind, subject_id=senior.pk) for kind in ("rbac.role.created", "rbac.role.updated")
    )
    assert (made.version, made.data["inherits"]) == (2, ["first"])
    assert (changed.data["inherits_added"], changed.data["inherits_removed"]) == (["second"], ["first"])


def test_each_change_gives_the_policy_a_new_stamp(noon: datetime) -> None:
    stamps = {Policy.objects.get().stamp}
    junior = role_of("junior")
    stamps.add(Policy.objects.get().stamp)
    senior = role_of("senior", inherits=[junior])
    stamps.add(Policy.objects.get().stamp)
    inherit(senior, at=noon)
    stamps.add(Policy.objects.get().stamp)
    roles.delete(senior, actor=SYSTEM, at=noon)

    assert len(stamps | {Policy.objects.get().stamp}) == 5


def test_other_words_about_a_role_leave_the_stamp(noon: datetime) -> None:
    role, stamp = role_of("clerk"), Policy.objects.get().stamp
    stamp = Policy.objects.get().stamp

    roles.update(role, changes={"title": "Clerk"}, actor=SYSTEM, at=noon)

    assert Policy.objects.get().stamp == stamp


@pytest.mark.parametrize("around", [1, 2, 3, 7])
def test_a_ring_is_refused_and_named(noon: datetime, around: int) -> None:
    levels = chain(around)

    with pytest.raises(RoleCycle) as refusal:
        inherit(levels[0], levels[-1], at=noon)

    assert refusal.value.members["ring"] == [
        "level-0",
        *(role.name for role in reversed(levels)),
    ]
    assert not inheritance.juniors_of(levels[0])


def test_a_new_junior_beside_old_ones_closes_no_ring(noon: datetime) -> None:
    low, middle, high = chain(3)

    assert isinstance(inherit(high, low, middle, at=noon), Role)


def test_roles_inherit_over_so_many_levels_and_no_more(noon: datetime) -> None:
    most = inheritance.MOST_LEVELS
    levels = chain(most + 1)
    below, above = role_of("below"), role_of("above")

    with pytest.raises(InheritanceTooDeep):
        inherit(levels[0], below, at=noon)
    with pytest.raises(InheritanceTooDeep):
        inherit(above, levels[-1], at=noon)
    assert isinstance(inherit(above, levels[-2], at=noon), Role)


def test_a_role_inherits_from_so_many_and_no_more(noon: datetime) -> None:
    made = [Role(name=f"r-{n}", created_at=noon, updated_at=noon) for n in range(inheritance.MOST_JUNIORS + 1)]
    many = Role.objects.bulk_create(made)

    with pytest.raises(TooManyJuniors):
        roles.create("senior", permissions=[], inherits=many, actor=SYSTEM, at=noon)
    assert isinstance(roles.create("senior", permissions=[], inherits=many[1:], actor=SYSTEM, at=noon), Role)


def test_a_junior_that_was_deleted_meanwhile_is_not_found(noon: datetime) -> None:
    gone = role_of("gone")
    roles.delete(gone, actor=SYSTEM, at=noon)

    with pytest.raises(NotFound):
        role_of("senior", inherits=[gone])


def test_a_role_that_is_inherited_stays(noon: datetime) -> None:
    junior, senior = chain(2)

    with pytest.raises(RoleInUse, match="level-1"):
        roles.delete(junior, actor=SYSTEM, at=noon)

    roles.delete(senior, actor=SYSTEM, at=noon)
    roles.delete(junior, actor=SYSTEM, at=noon)
    assert not RoleInheritance.objects.exists()


def test_built_in_roles_are_inherited_from_and_inherit_nothing(alice: User, noon: datetime) -> None:
    builtin.install(at=noon)
    auditor, mine = Role.objects.get(name="auditor"), role_of("mine")

    with pytest.raises(BuiltinRole):
        inherit(auditor, mine, at=noon)
    inherit(mine, auditor, at=noon)

    give_role(alice, mine, at=noon)
    assert selectors.may(alice, "user:view", at=noon)


class TestNobodyClimbs:
    """Effective permissions count, wherever in the tree of roles they stand."""

    @pytest.mark.parametrize(("holds", "able"), [("invoice:view", True), ("invoice:*", True), ("user:view", False)])
    def test_by_a_role_that_inherits_more_than_he_holds(
        self, bob: User, noon: datetime, holds: str, able: bool
    ) -> None:
        high = chain(3)[-1]
        give(bob, holds, at=noon)

        made = roles.create("mine", permissions=[], inherits=[high], actor=actor(bob), at=noon)

        assert isinstance(made, Role) is able
        assert Event.objects.filter(kind="rbac.role.refused", actor_id=bob.pk).exists() is not able

    def test_by_giving_a_role_that_inherits_more_than_he_holds(self, alice: User, bob: User, noon: datetime) -> None:
        outcome = assignments.assign(alice, chain(3)[-1], actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        assert outcome.error.members["missing"] == ["invoice:view"]

    def test_nor_takes_out_what_he_does_not_hold(self, bob: User, noon: datetime) -> None:
        _, senior = chain(2)

        assert isinstance(inherit(senior, by=bob, at=noon), Refused)

        assert Event.objects.get(kind="rbac.role.refused").data["missing"] == ["invoice:view"]
        assert len(inheritance.juniors_of(senior)) == 1

    def test_nor_changes_the_own_permissions_of_a_role_that_inherits_more(self, bob: User, noon: datetime) -> None:
        _, senior = chain(2)
        give(bob, "user:*", at=noon)

        outcome = roles.update(senior, changes={"permissions": ["user:*"]}, actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)

    def test_nor_deletes_or_ends_it(self, alice: User, bob: User, noon: datetime) -> None:
        _, senior = chain(2)
        given = give_role(alice, senior, at=noon)

        assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)
        assert isinstance(roles.delete(senior, actor=actor(bob), at=noon), Refused)

    def test_nor_makes_an_emergency_role_of_it(self, bob: User, noon: datetime) -> None:
        _, senior = chain(2)

        outcome = roles.update(senior, changes={"emergency_minutes": 60}, actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        senior.refresh_from_db()
        assert senior.emergency_minutes is None

    def test_what_he_holds_by_inheritance_he_may_hand_on(self, alice: User, bob: User, noon: datetime) -> None:
        low, _, high = chain(3)
        give_role(bob, high, at=noon)

        assert not isinstance(assignments.assign(alice, low, actor=actor(bob), at=noon), Refused)


class TestTheLastAdministrator:
    def test_keeps_what_she_has_by_inheritance(self, alice: User, noon: datetime) -> None:
        chief = role_of("chief", inherits=[role_of("all", "*:*")])
        given = give_role(alice, chief, at=noon)

        with pytest.raises(LastAdministrator):
            inherit(chief, at=noon)
        with pytest.raises(LastAdministrator):
            assignments.end(given, actor=SYSTEM, at=noon)

        assert selectors.an_administrator_is_left(at=noon)

    def test_counts_who_has_it_by_inheritance(self, alice: User, bob: User, noon: datetime) -> None:
        everything = role_of("all", "*:*")
        give_role(bob, role_of("chief", inherits=[everything]), at=noon)
        given = give_role(alice, everything, at=noon)

        assert assignments.end(given, actor=SYSTEM, at=noon) is True

    def test_is_not_emptied_from_below(self, alice: User, noon: datetime) -> None:
        everything = role_of("all", "*:*")
        give_role(alice, role_of("chief", inherits=[everything]), at=noon)

        with pytest.raises(LastAdministrator):
            roles.update(everything, changes={"permissions": []}, actor=SYSTEM, at=noon)
