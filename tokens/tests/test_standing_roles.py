"""What nodes remember of somebody's roles is forgotten with whatever changes them: groups, inheritance, separation, her choice."""

import pytest
from django.utils import timezone

from accounts.models import User
from common.actors import SYSTEM
from rbac import selectors
from rbac.models import Group, Role, SeparationOfDuty
from rbac.services import assignments, groups, memberships, roles, separation
from rbac.tests.factories import give_role, group_of, role_of, separate
from tokens.services import session_roles
from tokens.tests.scenes import ON_SERVICES, Scene

pytestmark = ON_SERVICES


@pytest.fixture
def clerks(scene: Scene) -> Group:
    """May pay; Alice is not in it."""
    found = group_of(name="clerks")
    give_role(found, role_of("payer", "invoice:pay"))
    scene.look()
    return found


def named(scene: Scene) -> set[str]:
    """The roles that her token names, but for the one that she had from the first."""
    told = scene.told(scene.pair.access)
    assert told is not None
    return {*told["roles"]} - {scene.role.role.name}


def may(user: User, permission: str = "invoice:pay") -> bool:
    return bool(selectors.may(user, permission, at=timezone.now()))


def join(scene: Scene, clerks: Group) -> None:
    memberships.add(clerks, scene.alice, actor=SYSTEM, at=scene.at)
    assert (named(scene), may(scene.alice)) == ({"payer"}, True)


def test_a_member_who_comes(scene: Scene, clerks: Group) -> None:
    assert (named(scene), may(scene.alice)) == (set(), False)

    join(scene, clerks)


def test_a_member_who_goes(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)

    memberships.remove(clerks, scene.alice, actor=SYSTEM, at=scene.at)

    assert (named(scene), may(scene.alice)) == (set(), False)


def test_what_the_group_is_given_and_loses(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)

    given = give_role(clerks, role_of("approver", "invoice:approve"), at=scene.at)
    assert (named(scene), may(scene.alice, "invoice:approve")) == ({"payer", "approver"}, True)

    assignments.end(given, actor=SYSTEM, at=scene.at)
    assert (named(scene), may(scene.alice, "invoice:approve")) == ({"payer"}, False)


def test_a_group_that_is_deleted(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)

    groups.delete(clerks, actor=SYSTEM, at=scene.at)

    assert (named(scene), may(scene.alice)) == (set(), False)


def test_what_a_junior_gives(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)
    payer, junior = Role.objects.get(name="payer"), role_of("junior", "invoice:archive")

    for inherits in ([junior], []):
        roles.update(payer, changes={"inherits": inherits}, actor=SYSTEM, at=scene.at)
        assert may(scene.alice, "invoice:archive") is bool(inherits)


def test_a_separation_that_comes_and_goes(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)

    separate(Role.objects.get(name="payer"), scene.role.role, kind="dynamic")
    assert (named(scene), may(scene.alice)) == (set(), False)

    separation.delete(SeparationOfDuty.objects.get(), actor=SYSTEM, at=scene.at)
    assert (named(scene), may(scene.alice)) == ({"payer"}, True)


def test_what_a_session_chooses(scene: Scene, clerks: Group) -> None:
    join(scene, clerks)

    session_roles.activate(scene.session, [scene.role.role.name], actor=SYSTEM, at=scene.at)
    assert named(scene) == set()

    session_roles.activate(scene.session, None, actor=SYSTEM, at=scene.at)
    assert named(scene) == {"payer"}
