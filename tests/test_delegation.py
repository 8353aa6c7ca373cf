"""Who holds everything at `/acme` finds and changes nothing at `/globex`, by any route that there is (security D2, D9)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common.http.places import PlacedView
from rbac.tests.factories import give
from tests import asking, two_places
from tests.asking import Operation
from tests.two_places import HERE, MARK, World

pytestmark = [pytest.mark.wide, pytest.mark.django_db]
ALL = asking.operations()
LISTS = [one for one in ALL if one.method == "get" and issubclass(one.view, PlacedView)]


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.pattern}"


@pytest.fixture
def world() -> World:
    return two_places.build()


def client_of(user: User) -> APIClient:
    found = APIClient()
    found.force_authenticate(user)
    return found


@pytest.fixture
def manager(world: World, alice: User) -> APIClient:
    give(alice, "*:*", scope=HERE)
    world.begin()
    return client_of(alice)


@pytest.fixture
def stranger(world: World, alice: User) -> APIClient:
    world.begin()
    return client_of(alice)


def told_of(world: World, answer: Any, sent: str) -> list[str]:
    """What lies there and is named in the answer, though nobody has named it in the question."""
    said = answer.content.decode().casefold()
    return [word for word in {MARK, *world.ids()} if word in said and word not in sent.casefold()]


def ask(client: APIClient, operation: Operation, world: World) -> list[tuple[int, list[str]]]:
    """Status, and what was told, of each way to ask."""
    found = []
    for query in asking.queries(operation, world):
        for body in asking.bodies(operation, world):
            path = operation.path(world) + query
            answer = getattr(client, operation.method)(
                path, body or None, format=None if operation.method == "get" else "json"
            )
            found.append((answer.status_code, told_of(world, answer, f"{path} {body}")))
    return found


@pytest.mark.parametrize("operation", ALL, ids=name)
def test_a_manager_elsewhere_sees_and_changes_nothing(manager: APIClient, world: World, operation: Operation) -> None:
    outcomes = ask(manager, operation, world)

    assert [told for _, told in outcomes if told] == []
    assert world.harm() == []
    assert max(status for status, _ in outcomes) < 500


@pytest.mark.parametrize("operation", ALL, ids=name)
def test_somebody_without_a_role_sees_and_changes_nothing(
    stranger: APIClient, world: World, operation: Operation
) -> None:
    outcomes = ask(stranger, operation, world)

    assert [told for _, told in outcomes if told] == []
    assert world.harm() == []


@pytest.mark.parametrize("operation", LISTS, ids=name)
def test_the_same_questions_find_it_for_who_holds_it_everywhere(root: User, world: World, operation: Operation) -> None:
    outcomes = ask(client_of(root), operation, world)

    assert outcomes[0][0] == 200
    assert any(told for _, told in outcomes) or operation.path(world).endswith(tuple(f"{one}/" for one in world.ids()))


def test_every_route_that_names_something_finds_it_in_this_world(world: World) -> None:
    wanted = {found for one in ALL for found in asking.PARAMETER.findall(one.pattern)}

    assert wanted - world.named.keys() == set()
