"""`POST /access/v1/evaluations`: many questions in one request."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from rbac.tests.factories import give
from rbac.tests.questions import post, question, subject

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]
Ask = Callable[..., Any]
YES, NO, BROKEN = "approve", "delete", 7
WRONG: tuple[Any, ...] = ({}, [], "", "all", 7, None, True)


@pytest.fixture
def ask(as_user: Client, alice: User, root: User) -> Ask:
    """Asks, for root, what Alice may do to an invoice; she may approve it, and nothing else."""
    give(alice, "invoice:approve")

    def put(*actions: Any, **parts: Any) -> Any:
        items = [{"action": {"name": name}} for name in actions]
        return post(as_user(root), "evaluations", {**question(alice), "evaluations": items, **parts})

    return put


def decisions(answer: Any) -> list[bool]:
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"evaluations"}
    return [one["decision"] for one in answer.json()["evaluations"]]


def test_each_question_is_answered_in_its_place(ask: Ask) -> None:
    assert decisions(ask(YES, NO, YES)) == [True, False, True]


@pytest.mark.parametrize(
    ("semantic", "heard"),
    [
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_the_answers_stop_where_the_caller_wants_to_hear_no_more(ask: Ask, semantic: str, heard: list[bool]) -> None:
    assert decisions(ask(YES, NO, YES, NO, options={"evaluations_semantic": semantic, "other": 1})) == heard


@pytest.mark.parametrize(
    ("semantic", "actions", "heard"),
    [
        ("deny_on_first_deny", (YES, YES), [True, True]),
        ("deny_on_first_deny", (YES, BROKEN, YES), [True, False]),
        ("permit_on_first_permit", (NO, BROKEN, YES, NO), [False, False, True]),
        ("permit_on_first_permit", (NO, NO), [False, False]),
    ],
)
def test_a_failure_counts_as_a_denial(ask: Ask, semantic: str, actions: tuple[Any, ...], heard: list[bool]) -> None:
    assert decisions(ask(*actions, options={"evaluations_semantic": semantic})) == heard


def test_an_item_that_cannot_be_read_fails_alone_and_says_why(ask: Ask) -> None:
    found = ask(YES, BROKEN).json()["evaluations"]

    assert found[0]["decision"] is True
    assert found[1] == {
        "decision": False,
        "context": {"error": {"status": 400, "message": "action.name is not a string."}},
    }


@pytest.mark.parametrize("item", [None, [], "x", 7, True])
def test_an_item_that_is_no_object_fails_alone(as_user: Client, root: User, item: Any) -> None:
    answer = post(as_user(root), "evaluations", {**question(root), "evaluations": [{}, item]})

    assert decisions(answer) == [True, False]


def test_a_default_is_replaced_whole_and_never_merged(as_user: Client, alice: User, root: User) -> None:
    give(alice, "invoice:approve", scope="/acme")
    items = [{}, {"resource": {"type": "invoice", "id": "8"}}, {"subject": {"type": "user"}}]

    answer = post(as_user(root), "evaluations", {**question(alice, scope="/acme"), "evaluations": items})

    assert decisions(answer) == [True, False, False]
    assert answer.json()["evaluations"][2]["context"]["error"]["message"] == "subject.id is missing."


def test_a_broken_default_does_no_harm_where_it_is_not_used(as_user: Client, root: User) -> None:
    body = {**question(root), "resource": {}, "evaluations": [{"resource": question(root)["resource"]}, {}]}

    assert decisions(post(as_user(root), "evaluations", body)) == [True, False]


@pytest.mark.parametrize("rest", [{}, {"evaluations": []}])
def test_without_a_list_it_is_one_question(as_user: Client, root: User, rest: dict[str, Any]) -> None:
    answer = post(as_user(root), "evaluations", {**question(root), **rest})

    assert (answer.status_code, answer.json()["decision"]) == (200, True)


@pytest.mark.parametrize(
    "parts",
    [
        *({"evaluations": wrong} for wrong in WRONG if wrong != []),
        *({"options": wrong} for wrong in WRONG if wrong != {}),
        *({"options": {"evaluations_semantic": wrong}} for wrong in WRONG),
        {"context": []},
    ],
)
def test_what_is_wrong_with_the_whole_is_a_400_with_a_message(ask: Ask, parts: dict[str, Any]) -> None:
    answer = ask(YES, **parts)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert isinstance(answer.json(), str)


def test_a_thousand_are_answered_and_one_more_are_too_many(ask: Ask) -> None:
    assert decisions(ask(*[YES, NO] * 500)) == [True, False] * 500

    answer = ask(*[YES] * 1001)

    assert (answer.status_code, answer.json()) == (413, "More than 1000 questions in one request")


def test_a_batch_costs_one_look_at_all_that_it_is_about(as_user: Client, alice: User, bob: User, root: User) -> None:
    give(alice, "invoice:approve")
    items = [{"subject": subject(one), "action": {"name": name}} for one in (alice, bob, root) for name in (YES, NO)]
    client, costs = as_user(root), []
    post(client, "evaluation", question(alice))  # compiles the roles

    for some in (items[:1], items, items * 50):
        with CaptureQueriesContext(connection) as asked:
            post(client, "evaluations", {**question(alice), "evaluations": some})
        costs.append(len(asked))

    assert costs == [1, 1, 1]


def test_what_is_not_the_callers_to_ask_fails_alone(as_user: Client, alice: User, bob: User) -> None:
    give(alice, "invoice:approve")
    items = [{"subject": subject(bob)}, {}]

    answer = post(as_user(alice), "evaluations", {**question(alice), "evaluations": items})

    assert decisions(answer) == [False, True]
    error = answer.json()["evaluations"][0]["context"]["error"]
    assert (error["status"], "decision:evaluate" in error["message"]) == (403, True)


def test_whoever_may_ask_none_of_it_is_refused_as_for_one_question(as_user: Client, alice: User, bob: User) -> None:
    answer = post(as_user(bob), "evaluations", {**question(alice), "evaluations": [{}, {"subject": subject("x")}]})

    assert (answer.status_code, "decision:evaluate" in answer.json()) == (403, True)


def test_a_stranger_is_told_to_sign_in(db: None) -> None:
    answer = post(APIClient(), "evaluations", {"evaluations": [{}]})

    assert (answer.status_code, "Bearer" in answer["WWW-Authenticate"]) == (401, True)
