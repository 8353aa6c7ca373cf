"""Everything at once, on PostgreSQL: no two changes wait for each other for ever, and afterwards every rule holds."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.services import lifecycle
from common.actors import SYSTEM
from common.errors import DomainError
from events.models import Event
from events.tests.fakes import at_once
from rbac import hierarchy, selectors, separation
from rbac.models import Group, GroupMembership, Role, RoleAssignment, RoleInheritance, SeparationKind
from rbac.services import assignments, duties, groups, inheritance, memberships, roles
from rbac.tests.factories import give_role, group_of, role_of, separate

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
THREADS, CHANGES = 6, 25


class Storm:
    """Five people, three groups and six roles, of which two may not go together and one gives everything."""

    def __init__(self, people: list[User], noon: datetime) -> None:
        self.people, self.noon = people, noon
        self.groups = [group_of(name=f"g-{n}") for n in range(3)]
        self.roles = [role_of("all", "*:*"), *(role_of(f"r-{n}", "invoice:view") for n in range(5))]
        separate(*self.roles[1:3], at=noon)
        for person in people[:2]:
            give_role(person, self.roles[0], at=noon)

    def blow(self, seed: int) -> list[Exception]:
        """What went wrong that is no refusal."""
        dice = random.Random(seed)  # noqa: S311  so that it blows the same way again
        return list(filter(None, (self._gust(dice) for _ in range(CHANGES))))

    def _gust(self, dice: random.Random) -> Exception | None:
        try:
            dice.choice(self._changes())(dice)
        except DomainError:
            return None
        except Exception as failure:  # noqa: BLE001  is what we look for
            return failure
        return None

    def _changes(self) -> list[Callable[[random.Random], Any]]:
        told: dict[str, Any] = {"actor": SYSTEM, "at": self.noon}
        return [
            lambda dice: give_role(dice.choice([*self.people, *self.groups]), dice.choice(self.roles), at=self.noon),
            lambda dice: assignments.end(dice.choice(list(RoleAssignment.objects.open())), **told),
            lambda dice: memberships.add(dice.choice(self.groups), dice.choice(self.people), **told),
            lambda dice: memberships.remove(dice.choice(self.groups), dice.choice(self.people), **told),
            lambda dice: roles.update(dice.choice(self.roles), changes={"inherits": self._some(dice)}, **told),
            lambda dice: lifecycle.deactivate(dice.choice(self.people), reason="storm", **told),
            lambda dice: lifecycle.reactivate(dice.choice(self.people), **told),
            lambda dice: groups.update(dice.choice(self.groups), changes={"title": str(dice.random())}, **told),
        ]

    def _some(self, dice: random.Random) -> list[Role]:
        return dice.sample(self.roles[1:], dice.randint(0, 2))

    def held(self) -> Iterator[set[Any]]:
        for person in self.people:
            mine = RoleAssignment.objects.open().filter(user=person).values_list("role", flat=True)
            in_groups = GroupMembership.objects.filter(user=person).values("group")
            ours = RoleAssignment.objects.open().filter(group__in=in_groups).values_list("role", flat=True)
            yield {*mine, *ours}


def test_everything_at_once_leaves_every_rule_standing(person: Callable[..., User], noon: datetime) -> None:
    storm = Storm([person(f"p{n}") for n in range(5)], noon)

    failures = at_once(*[lambda seed=seed: storm.blow(seed) for seed in range(THREADS)])

    assert failures == [[]] * THREADS
    assert Event.objects.filter(actor_kind="system").count() > THREADS * CHANGES // 3
    assert selectors.an_administrator_is_left(at=noon)
    assert _rings() == []
    sets = duties.sets_of(SeparationKind.STATIC)
    closures = [{role: inheritance.comes_to([role]) for role in held} for held in storm.held()]
    assert not [found for held in closures if (found := separation.exceeded(sets, held))]


def _rings() -> list[Any]:
    links: dict[Any, set[Any]] = {}
    for senior, junior in RoleInheritance.objects.values_list("senior", "junior"):
        links.setdefault(senior, set()).add(junior)
    return [role for role, below in links.items() if role in hierarchy.reached(links, below)]


def test_of_groups_made_and_deleted_at_once_nothing_is_left(noon: datetime, alice: User) -> None:
    def live(n: int) -> object:
        group: Group = group_of(alice, name=f"g-{n}")
        give_role(group, role_of(f"r-{n}", "invoice:view"), at=noon)
        return groups.delete(group, actor=SYSTEM, at=noon)

    assert at_once(*[lambda n=n: live(n) for n in range(6)]) == [None] * 6
    assert not GroupMembership.objects.exists()
    assert not selectors.may(alice, "invoice:view", at=noon)
