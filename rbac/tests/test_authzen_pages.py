"""The pages of AuthZEN's searches: together the whole, each at the same cost, and tokens that are good for nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import lifecycle
from common.actors import SYSTEM
from rbac.tests.factories import declare, give, give_role, group_of, role_of
from rbac.tests.questions import Search, found, pages, post, sorted_by_id, what, where, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(as_user: Callable[[User], APIClient], root: User) -> Search:
    """Searches as root, who may do everything and so is found among the people, too."""
    return lambda which, body: post(as_user(root), f"search/{which}", body)


@pytest.fixture
def team(person: Callable[[str], User]) -> list[User]:
    clerk, people = role_of("clerk", "invoice:approve"), [person(f"clerk{n}") for n in range(7)]
    for one in people[::2]:
        give_role(one, clerk)
        give_role(one, clerk, scope="/acme")
    give_role(group_of(*people), clerk)
    return people


@pytest.mark.parametrize("limit", [1, 3, 8, 9])
def test_together_they_are_the_whole(search: Search, team: list[User], root: User, limit: int) -> None:
    listed = list(pages(search, "subject", who(scope="/acme/eu"), limit=limit))

    assert [one["id"] for page in listed for one in page] == [str(one.pk) for one in sorted_by_id(root, *team)]
    assert all(len(page) <= limit for page in listed)


def test_who_holds_it_elsewhere_or_is_deactivated_takes_no_room(
    search: Search, alice: User, bob: User, person: Callable[[str], User], root: User
) -> None:
    clerk, carol = role_of("clerk", "invoice:approve"), person("carol")
    give_role(alice, clerk, scope="/other")
    for holder in (bob, group_of(bob)):
        give_role(holder, clerk)
    give_role(carol, clerk, scope="/acme")
    lifecycle.deactivate(bob, reason="left", actor=SYSTEM, at=timezone.now())

    (page,) = pages(search, "subject", who(scope="/acme"), limit=2)

    assert [one["id"] for one in page] == [str(one.pk) for one in sorted_by_id(carol, root)]


def test_whoever_holds_it_often_takes_one_place(search: Search, alice: User, bob: User, root: User) -> None:
    clerk = role_of("clerk", "invoice:approve")
    for scope in ("/", "/acme", "/acme/eu"):
        give_role(alice, clerk, scope=scope)
    give_role(bob, clerk)

    listed = [one["id"] for page in pages(search, "subject", who(scope="/acme/eu"), limit=2) for one in page]

    assert listed == [str(one.pk) for one in sorted_by_id(alice, bob, root)]


def test_of_scopes_and_of_actions_likewise(search: Search, alice: User) -> None:
    places = [f"/acme/{n}" for n in range(5)]
    for place in places:
        give(alice, "invoice:*", scope=place)
    declare(*(f"invoice:do{n}" for n in range(5)))

    scopes_found = [one["id"] for page in pages(search, "resource", where(alice), limit=2) for one in page]
    listed = pages(search, "action", what(alice, scope="/acme/3"), limit=2)

    assert scopes_found == places
    assert [one["name"] for page in listed for one in page] == [f"do{n}" for n in range(5)]


def test_a_page_costs_as_much_wherever_it_lies_and_however_much_is_on_it(search: Search, team: list[User]) -> None:
    token = search("subject", {**who(), "page": {"limit": 4}}).json()["page"]["next_token"]

    costs = set()
    for page in ({"limit": 1}, {"limit": 8}, {"token": token}):
        with CaptureQueriesContext(connection) as asked:
            search("subject", {**who(), "page": page})
        costs.add(len(asked))

    assert len(costs) == 1


def test_a_limit_of_nothing_brings_nothing_and_says_whether_there_is_more(search: Search, team: list[User]) -> None:
    answer = search("subject", {**who(), "page": {"limit": 0}})
    nobody = search("subject", {**who("spaceship"), "page": {"limit": 0}})

    assert (found(answer), bool(answer.json()["page"]["next_token"])) == ([], True)
    assert nobody.json()["page"]["next_token"] == ""


def test_the_limit_need_not_be_said_again(search: Search, team: list[User]) -> None:
    first = search("subject", {**who(), "page": {"limit": 3}}).json()["page"]["next_token"]

    assert len(found(search("subject", {**who(), "page": {"token": first}}))) == 3


@pytest.mark.wide
@pytest.mark.parametrize(
    ("which", "change"),
    [
        ("subject", {"action": {"name": "delete"}}),
        ("subject", {"resource": {"type": "invoice", "id": "8"}}),
        ("subject", {"context": {}}),
        ("subject", {"subject": {"type": "service_account"}}),
        ("resource", {"subject": {"type": "user", "id": "x"}}),
    ],
)
def test_a_token_is_good_for_its_own_search_alone(
    search: Search, team: list[User], which: str, change: dict[str, Any]
) -> None:
    token = search("subject", {**who(), "page": {"limit": 1}}).json()["page"]["next_token"]

    answer = search(which, {**who(), **change, "page": {"token": token}})

    assert (answer.status_code, isinstance(answer.json(), str)) == (400, True)


def test_a_limit_that_changes_on_the_way_is_refused(search: Search, team: list[User]) -> None:
    token = search("subject", {**who(), "page": {"limit": 1}}).json()["page"]["next_token"]

    assert search("subject", {**who(), "page": {"limit": 2, "token": token}}).status_code == 400


@pytest.mark.parametrize("mend", [lambda t: t[:-1], lambda t: f"x{t}", lambda t: t.swapcase(), lambda t: t + "A"])
def test_a_token_that_was_tampered_with_is_refused(
    search: Search, team: list[User], mend: Callable[[str], str]
) -> None:
    token = search("subject", {**who(), "page": {"limit": 1}}).json()["page"]["next_token"]

    answer = search("subject", {**who(), "page": {"token": mend(token)}})

    assert (answer.status_code, answer.json()) == (400, "The page token is not one of this search")


@pytest.mark.parametrize(
    "page",
    [
        *([], "x", 7, None, {"limit": -1}, {"limit": "1"}, {"limit": 1.5}, {"limit": True}, {"limit": None}),
        *({"token": 7}, {"token": None}, {"token": "x"}, {"token": "é:é:é"}, {"properties": []}),
    ],
)
def test_a_malformed_page_is_refused(search: Search, page: Any) -> None:
    assert search("subject", {**who(), "page": page}).status_code == 400
