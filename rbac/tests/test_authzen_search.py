"""`POST /access/v1/search/…`: who may, where may she, what may she."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import lifecycle, service_accounts
from common.actors import SYSTEM
from rbac.services import assignments
from rbac.tests.factories import declare, give, give_role, group_of, role_of
from rbac.tests.questions import Search, found, post, question, sorted_by_id, subject, what, where, who

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]


@pytest.fixture
def search(as_user: Client, root: User) -> Search:
    """Searches as root, who may do everything and so is found among the people, too."""

    def run(which: str, body: dict[str, Any]) -> Any:
        return post(as_user(root), f"search/{which}", body)

    return run


@pytest.fixture
def billing(db: None) -> ServiceAccount:
    return service_accounts.create("billing", actor=SYSTEM, at=timezone.now())


class TestWhoMay:
    def test_those_are_found_who_hold_it_there_by_whatever_way(
        self, search: Search, alice: User, bob: User, root: User, person: Callable[[str], User]
    ) -> None:
        clerk, member = role_of("clerk", "invoice:approve"), person("member")
        give_role(alice, role_of("senior", inherits=[clerk]), scope="/acme")
        give_role(group_of(member), clerk, scope="/acme/eu")
        give_role(bob, clerk, scope="/other")

        assert found(search("subject", who(scope="/acme/eu"))) == [
            str(one.pk) for one in sorted_by_id(alice, root, member)
        ]

    def test_whoever_holds_it_twice_is_found_once(self, search: Search, alice: User, root: User) -> None:
        clerk = role_of("clerk", "invoice:approve")
        for scope in ("/", "/acme"):
            give_role(alice, clerk, scope=scope)
        give_role(group_of(alice), clerk)

        assert found(search("subject", who(scope="/acme"))) == [str(one.pk) for one in sorted_by_id(alice, root)]

    def test_machines_are_found_as_machines(self, search: Search, alice: User, billing: ServiceAccount) -> None:
        clerk = role_of("clerk", "invoice:*")
        give_role(alice, clerk)
        give_role(billing, clerk)

        answer = search("subject", who("service_account"))

        assert answer.json()["results"] == [subject(billing)]

    def test_what_is_over_or_not_begun_and_who_is_deactivated_is_not_found(
        self, search: Search, alice: User, bob: User, root: User, person: Callable[[str], User]
    ) -> None:
        at, clerk, soon = timezone.now(), role_of("clerk", "invoice:approve"), person("soon")
        assignments.end(give_role(alice, clerk), actor=SYSTEM, at=at)
        give_role(soon, clerk, valid_from=at + timedelta(days=1))
        give_role(bob, clerk)
        lifecycle.deactivate(bob, reason="left", actor=SYSTEM, at=at)

        assert found(search("subject", who())) == [str(root.pk)]

    @pytest.mark.parametrize("body", [who("spaceship"), who(action="*"), who("system"), who("anonymous")])
    def test_of_what_is_unknown_nothing_is_found(self, search: Search, body: dict[str, Any]) -> None:
        answer = search("subject", body)

        assert (found(answer), answer.json()["page"]) == ([], {"next_token": "", "count": 0})

    def test_an_id_of_a_subject_is_left_alone(self, search: Search, alice: User, root: User) -> None:
        assert found(search("subject", question(alice))) == [str(root.pk)]

    def test_it_takes_the_permission_even_about_herself(self, as_user: Client, alice: User) -> None:
        answer = post(as_user(alice), "search/subject", question(alice))

        assert (answer.status_code, "decision:evaluate" in answer.json()) == (403, True)

    def test_it_takes_the_permission_at_that_place(self, as_user: Client, alice: User) -> None:
        give(alice, "decision:evaluate", scope="/acme")

        assert post(as_user(alice), "search/subject", who(scope="/acme/eu")).status_code == 200
        assert post(as_user(alice), "search/subject", who(scope="/acme2")).status_code == 403
        assert post(as_user(alice), "search/subject", who()).status_code == 403


class TestWhereMayShe:
    def test_the_topmost_scopes_are_found_and_each_can_be_asked_as_it_is(
        self, search: Search, as_user: Client, root: User, alice: User
    ) -> None:
        for scope in ("/acme/eu", "/beta", "/beta/lab"):
            give(alice, "invoice:approve", scope=scope)

        results = search("resource", where(alice)).json()["results"]

        assert results[0] == {"type": "invoice", "id": "/acme/eu", "properties": {"scope": "/acme/eu"}}
        assert [one["id"] for one in results] == ["/acme/eu", "/beta"]
        for one in results:
            assert post(as_user(root), "evaluation", question(alice, resource=one)).json()["decision"] is True

    @pytest.mark.parametrize(
        ("scope", "results"),
        [("/", ["/acme/eu", "/beta"]), ("/acme", ["/acme/eu"]), ("/beta/lab", ["/beta/lab"]), ("/gamma", [])],
    )
    def test_a_scope_narrows_the_search(self, search: Search, alice: User, scope: str, results: list[str]) -> None:
        for place in ("/acme/eu", "/beta"):
            give(alice, "invoice:approve", scope=place)

        assert found(search("resource", where(alice, scope=scope))) == results

    def test_who_may_everywhere_may_at_the_root(self, search: Search, root: User) -> None:
        assert found(search("resource", where(root))) == ["/"]

    def test_everybody_may_search_for_herself_and_nobody_else(self, as_user: Client, alice: User, bob: User) -> None:
        give(alice, "invoice:approve", scope="/acme")

        assert found(post(as_user(alice), "search/resource", where(alice))) == ["/acme"]
        assert post(as_user(bob), "search/resource", where(alice)).status_code == 403

    def test_who_may_nowhere_and_who_is_not_there_find_nothing(self, search: Search, alice: User) -> None:
        for one in (where(alice), where(str(uuid4())), where("morty"), where(alice, action="*")):
            assert found(search("resource", one)) == []


class TestWhatMayShe:
    def test_declared_actions_of_that_resource_are_found(self, search: Search, alice: User) -> None:
        declare("invoice:approve", "invoice:delete", "invoice:view", "invoice_line:view", "order:view")
        give(alice, "*:view", scope="/acme")
        give(alice, "invoice:approve", scope="/acme/eu")

        assert found(search("action", what(alice, scope="/acme/eu")), "name") == ["approve", "view"]
        assert found(search("action", what(alice, scope="/acme")), "name") == ["view"]
        assert found(search("action", what(alice)), "name") == []

    def test_everybody_may_search_for_herself_and_nobody_else(self, as_user: Client, alice: User, bob: User) -> None:
        give(alice, "invoice:approve")

        assert found(post(as_user(alice), "search/action", what(alice)), "name") == ["approve"]
        assert post(as_user(bob), "search/action", what(alice)).status_code == 403

    def test_who_is_deactivated_or_not_there_may_nothing(self, search: Search, alice: User) -> None:
        give(alice, "invoice:approve")
        lifecycle.deactivate(alice, reason="left", actor=SYSTEM, at=timezone.now())

        for one in (what(alice), what(str(uuid4())), what("morty")):
            assert found(search("action", one), "name") == []


BODIES: tuple[Any, ...] = ([], "x", None, {}, 7)


@pytest.mark.parametrize(
    ("which", "body"),
    [
        *((which, body) for which in ("subject", "resource", "action") for body in BODIES),
        ("subject", {**question("x"), "action": {}}),
        ("subject", {**question("x"), "subject": {}}),
        ("subject", {**question("x"), "resource": {"type": "invoice"}}),
        ("resource", {**question("x"), "subject": {"type": "user"}}),
        ("resource", {**question("x"), "resource": {"id": "7"}}),
        ("action", {**question("x"), "subject": {"type": "user"}}),
        ("action", {**question("x"), "resource": {"type": "invoice"}}),
        ("action", {**question("x"), "context": []}),
    ],
)
def test_a_malformed_search_is_a_400_with_a_message(search: Search, which: str, body: Any) -> None:
    answer = search(which, body)

    assert (answer.status_code, isinstance(answer.json(), str)) == (400, True)
