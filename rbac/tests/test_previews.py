"""What a change of a role would do, asked of the service: where there is nothing to ask, and of how many it is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.models import Role
from rbac.services import previews, roles
from rbac.services.roles import RoleChanges
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(alice: User, noon: datetime) -> Role:
    """Held by Alice."""
    role = role_of("clerk", "invoice:view")
    give_role(alice, role, at=noon)
    return role


def changes(*permissions: str, inherits: Any = ()) -> RoleChanges:
    return {"permissions": list(permissions), "inherits": list(inherits)}


def asked(role: Role, wanted: RoleChanges, *, at: datetime, **terms: Any) -> previews.Preview | None:
    terms = {"if_version": None, "actor": SYSTEM, **terms}
    return previews.of_update(role, changes=wanted, at=at, **terms)


class TestThereIsNothingToAsk:
    def test_where_it_gives_what_it_gave(self, clerk: Role, noon: datetime) -> None:
        assert asked(clerk, changes("invoice:view", "invoice:view"), at=noon) is None

    def test_where_somebody_has_changed_it_since(self, clerk: Role, noon: datetime) -> None:
        assert asked(clerk, changes(), if_version=2, at=noon) is None
        assert asked(clerk, changes(), if_version=1, at=noon) is not None

    @pytest.mark.parametrize("pattern", ["invoice:undeclared", "nonsense", ""])
    def test_where_it_would_give_what_there_is_not(self, clerk: Role, noon: datetime, pattern: str) -> None:
        assert asked(clerk, changes(pattern), at=noon) is None

    def test_where_it_would_inherit_from_itself_or_from_above(self, clerk: Role, noon: datetime) -> None:
        lead = role_of("lead", inherits=[clerk])

        assert [asked(clerk, changes(inherits=[one]), at=noon) for one in (clerk, lead)] == [None, None]

    def test_where_a_junior_is_gone(self, clerk: Role, noon: datetime) -> None:
        gone = role_of("gone")
        assert roles.delete(gone, actor=SYSTEM, at=noon) is None

        assert asked(clerk, changes(inherits=[Role(pk=gone.pk, name="gone")]), at=noon) is None

    @pytest.mark.parametrize(("holds", "wanted"), [("invoice:view", ["user:view"]), ("user:view", [])])
    def test_where_who_asks_does_not_hold_what_it_gave_or_would_give(
        self, clerk: Role, bob: User, noon: datetime, holds: str, wanted: list[str]
    ) -> None:
        role_of("declares", "user:view")
        give(bob, holds, at=noon)

        assert asked(clerk, changes(*wanted), actor=actor(bob), at=noon) is None


class TestManyHolders:
    @pytest.fixture
    def four(self, clerk: Role, bob: User, noon: datetime) -> Role:
        """Held by two people and two machines."""
        give_role(bob, clerk, at=noon)
        for name in ("till", "billing"):
            give_role(service_accounts.create(name, actor=SYSTEM, at=noon), clerk, at=noon)
        return clerk

    @pytest.mark.parametrize(
        ("most", "people", "machines", "left"), [(4, 2, 2, 0), (3, 2, 1, 1), (2, 2, 0, 2), (1, 1, 0, 3)]
    )
    def test_are_looked_at_people_first_and_the_rest_is_counted(
        self,
        four: Role,
        noon: datetime,
        monkeypatch: pytest.MonkeyPatch,
        most: int,
        people: int,
        machines: int,
        left: int,
    ) -> None:
        monkeypatch.setattr(previews, "MOST_LOOKED_AT", most)

        found = asked(four, changes(), at=noon)

        assert found
        who = [name for effect in found.effects for name in effect.who]
        of_people = [name for name in who if "@" in name]
        assert (len(of_people), len(who) - len(of_people), found.left_out) == (people, machines, left)


def test_a_role_that_is_not_held_has_no_effects_and_leaves_nobody_out(noon: datetime) -> None:
    assert asked(role_of("free", "user:view"), changes(), at=noon) == ([], 0)


def test_only_those_above_the_role_are_touched(person: Callable[..., User], noon: datetime) -> None:
    low = role_of("low", "user:view")
    lead = role_of("lead", inherits=[low])
    give_role(person("dora"), lead, at=noon), give_role(person("emil"), role_of("other", "user:view"), at=noon)

    found = asked(low, changes(), at=noon)

    assert found
    assert [(one.is_gain, one.role, one.patterns, one.who) for one in found.effects] == [
        (False, "lead", ("user:view",), ("dora@example.org",))
    ]
