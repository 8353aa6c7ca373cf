"""Two at once, on PostgreSQL with real threads: nobody comes to hold what may not go together, by any two ways."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

import pytest

from accounts.models import User
from common.actors import SYSTEM
from events.tests.fakes import at_once
from rbac import separation as rules
from rbac.errors import BrokenByOneRole, DutiesNotSeparate
from rbac.models import Group, Role, SeparationKind
from rbac.selectors import held_by
from rbac.services import duties, inheritance, memberships, roles
from rbac.tests.factories import give_role, group_of, role_of, separate

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


class Stage:
    """Two roles that may not go together, a role that has nothing to do with them, somebody, and two groups."""

    def __init__(self, alice: User, noon: datetime) -> None:
        self.alice, self.noon = alice, noon
        name = alice.display_name.lower()
        self.payer, self.approver, self.other = (role_of(f"{name}-{part}") for part in ("payer", "approver", "other"))
        self.first, self.second = group_of(), group_of()

    def apart(self) -> object:
        return separate(self.payer, self.approver, at=self.noon)

    def apart_in_a_session(self) -> object:
        return separate(self.payer, self.approver, kind="dynamic", at=self.noon)

    def given(self, holder: User | Group, role: Role) -> Callable[[], object]:
        return lambda: give_role(holder, role, at=self.noon)

    def joining(self, group: Group) -> Callable[[], object]:
        return lambda: memberships.add(group, self.alice, actor=SYSTEM, at=self.noon)

    def inheriting(self, *juniors: Role, senior: Role | None = None) -> Callable[[], object]:
        changes: roles.RoleChanges = {"inherits": list(juniors)}
        return lambda: roles.update(senior or self.other, changes=changes, actor=SYSTEM, at=self.noon)

    def is_violated(self) -> bool:
        held = {one.role_id for one in held_by(self.alice, at=self.noon) if one.role_id}
        closures = {role: inheritance.comes_to([role]) for role in held}
        return bool(rules.exceeded(duties.sets_of(SeparationKind.STATIC), closures))

    def is_broken_by_one_role(self) -> bool:
        closures = ({role: inheritance.comes_to([role])} for role in Role.objects.values_list("pk", flat=True))
        sets = duties.sets_of(*SeparationKind)
        return any(rules.exceeded(sets, closure) for closure in closures)

    def run(self, *ways: Callable[[], object], refusal: type[Exception] = DutiesNotSeparate) -> None:
        """Exactly one of them comes through, and the others are refused for this."""
        answers = at_once(*ways)
        refusals = [answer for answer in answers if isinstance(answer, Exception)]
        assert [type(one) for one in refusals] == [refusal] * (len(ways) - 1), answers
        assert not self.is_violated()
        assert not self.is_broken_by_one_role()


@pytest.fixture
def stages(person: Callable[..., User], noon: datetime) -> Iterator[Stage]:
    """One for each round: to empty all tables takes longer than to try."""
    return (Stage(person(f"p{n}"), noon) for n in range(ROUNDS))


def test_by_two_assignments(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()

        stage.run(stage.given(stage.alice, stage.payer), stage.given(stage.alice, stage.approver))


def test_by_an_assignment_and_a_membership(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        give_role(stage.first, stage.payer, at=stage.noon)

        stage.run(stage.joining(stage.first), stage.given(stage.alice, stage.approver))


def test_by_two_memberships(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        give_role(stage.first, stage.payer, at=stage.noon)
        give_role(stage.second, stage.approver, at=stage.noon)

        stage.run(stage.joining(stage.first), stage.joining(stage.second))


def test_by_an_assignment_to_her_and_one_to_her_group(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        stage.joining(stage.first)()

        stage.run(stage.given(stage.first, stage.payer), stage.given(stage.alice, stage.approver))


def test_by_assignments_to_two_of_her_groups(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        stage.joining(stage.first)()
        stage.joining(stage.second)()

        stage.run(stage.given(stage.first, stage.payer), stage.given(stage.second, stage.approver))


def test_by_a_membership_and_an_assignment_to_that_group(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        give_role(stage.alice, stage.payer, at=stage.noon)

        stage.run(stage.given(stage.first, stage.approver), stage.joining(stage.first))


def test_by_a_set_that_is_made_and_an_assignment(stages: Iterator[Stage]) -> None:
    for stage in stages:
        give_role(stage.alice, stage.payer, at=stage.noon)

        stage.run(stage.apart, stage.given(stage.alice, stage.approver))


def test_by_a_set_that_is_made_and_a_membership(stages: Iterator[Stage]) -> None:
    for stage in stages:
        give_role(stage.alice, stage.payer, at=stage.noon)
        give_role(stage.first, stage.approver, at=stage.noon)

        stage.run(stage.apart, stage.joining(stage.first))


def test_by_a_set_that_is_made_and_one_role_that_comes_to_inherit(stages: Iterator[Stage]) -> None:
    for stage in stages:
        give_role(stage.alice, stage.payer, at=stage.noon)
        give_role(stage.alice, stage.other, at=stage.noon)

        stage.run(stage.apart, stage.inheriting(stage.approver))


def test_by_a_role_that_comes_to_inherit_and_its_assignment(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        give_role(stage.alice, stage.payer, at=stage.noon)

        stage.run(stage.inheriting(stage.approver), stage.given(stage.alice, stage.other))


def test_by_three_ways_of_which_one_may_be(stages: Iterator[Stage]) -> None:
    for stage in stages:
        third = role_of(f"third-{stage.first.name}")
        separate(stage.payer, stage.approver, third, at=stage.noon)
        give_role(stage.first, third, at=stage.noon)

        stage.run(
            stage.given(stage.alice, stage.payer), stage.given(stage.alice, stage.approver), stage.joining(stage.first)
        )


def test_by_a_set_that_is_made_and_one_of_its_roles_that_comes_to_inherit_the_other(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.run(stage.apart, stage.inheriting(stage.approver, senior=stage.payer), refusal=BrokenByOneRole)


def test_by_a_dynamic_set_that_is_made_and_a_role_that_comes_to_inherit_it(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.inheriting(stage.payer)()

        stage.run(stage.apart_in_a_session, stage.inheriting(stage.payer, stage.approver), refusal=BrokenByOneRole)


def test_by_a_set_that_is_made_and_a_new_role_that_inherits_it(stages: Iterator[Stage]) -> None:
    for stage in stages:
        both = f"both-{stage.first.name}"

        stage.run(stage.apart, partial(role_of, both, inherits=[stage.payer, stage.approver]), refusal=BrokenByOneRole)


def test_by_two_roles_of_which_one_comes_to_inherit_the_other(stages: Iterator[Stage]) -> None:
    for stage in stages:
        stage.apart()
        between = role_of(f"between-{stage.first.name}")

        stage.run(
            stage.inheriting(stage.payer, between),
            stage.inheriting(stage.approver, senior=between),
            refusal=BrokenByOneRole,
        )


def test_what_no_set_concerns_is_given_side_by_side(stages: Iterator[Stage], bob: User) -> None:
    for stage in stages:
        stage.apart()

        answers = at_once(
            stage.given(stage.alice, stage.other), stage.given(bob, stage.payer), stage.joining(stage.first)
        )

        assert not [answer for answer in answers if isinstance(answer, Exception)]
