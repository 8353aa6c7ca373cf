"""`POST /access/v1/evaluation`, by the standard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from rbac.services import assignments
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]


def question(asked: str, /, **parts: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": asked},
        "action": {"name": "approve"},
        "resource": {"type": "invoice", "id": "7"},
        **parts,
    }


def ask(client: APIClient, body: Any) -> Any:
    return client.post("/access/v1/evaluation", body, format="json")


def at_scope(scope: Any) -> dict[str, Any]:
    return {"resource": {"type": "invoice", "id": "7", "properties": {"scope": scope, "owner": "x"}}}


def test_a_yes_tells_by_which_assignment_where_and_until_when(as_user: Client, alice: User, root: User) -> None:
    until = timezone.now() + timedelta(days=1)
    given = give(alice, "invoice:approve", scope="/acme", valid_until=until)

    answer = ask(as_user(root), question(str(alice.pk), **at_scope("/acme/eu"))).json()

    assert answer["decision"] is True
    why = answer["context"]["reason_admin"]
    assert (why["assignment"], why["role_path"], why["assigned_at"]) == (str(given.pk), [given.role.name], "/acme")
    assert why["valid_until"] == until.isoformat().replace("+00:00", "Z")
    assert answer["context"]["reason_user"] == {"en": "You may do this."}


def test_a_no_tells_the_nearest_miss_to_staff_and_nothing_to_her(as_user: Client, alice: User, root: User) -> None:
    given = give(alice, "invoice:approve", scope="/acme")

    answer = ask(as_user(root), question(str(alice.pk), **at_scope("/acme2"))).json()

    assert answer["decision"] is False
    assert answer["context"]["reason_admin"]["cause"] == "out_of_scope"
    assert given.role.name not in str(answer["context"]["reason_user"])


def test_an_ended_assignment_counts_no_more_with_the_next_question(as_user: Client, alice: User, root: User) -> None:
    given = give(alice, "invoice:approve")
    assert ask(as_user(root), question(str(alice.pk))).json()["decision"] is True

    assignments.end(given, actor=SYSTEM, at=timezone.now())

    assert ask(as_user(root), question(str(alice.pk))).json()["decision"] is False


def test_what_a_group_has_lost_counts_no_more_beside_what_it_keeps(as_user: Client, alice: User, root: User) -> None:
    team = group_of(alice)
    lost = give_role(team, role_of("approver", "invoice:approve"))
    give_role(team, role_of("viewer", "invoice:view"))

    assignments.end(lost, actor=SYSTEM, at=timezone.now())

    assert ask(as_user(root), question(str(alice.pk))).json()["decision"] is False


def test_she_is_answered_by_what_she_has_chosen_for_her_session(alice: User) -> None:
    approver = give(alice, "invoice:approve").role
    client = APIClient()
    client.force_authenticate(alice)

    for chosen, decision in ((None, True), (frozenset({approver.pk}), True), (frozenset(), False)):
        alice.session_roles = chosen
        assert ask(client, question(str(alice.pk))).json()["decision"] is decision


def test_a_deactivated_person_may_nothing(as_user: Client, alice: User, root: User) -> None:
    give(alice, "invoice:approve")
    User.objects.filter(pk=alice.pk).update(is_active=False)

    answer = ask(as_user(root), question(str(alice.pk))).json()

    assert (answer["decision"], answer["context"]["reason_admin"]["cause"]) == (False, "inactive")


@pytest.mark.parametrize(
    "subject", [{"type": "user", "id": str(uuid4())}, {"type": "user", "id": "morty"}, {"type": "robot", "id": "7"}]
)
def test_an_unknown_subject_is_a_no_and_not_an_error(as_user: Client, root: User, subject: dict[str, str]) -> None:
    answer = ask(as_user(root), question("", subject=subject))

    assert (answer.status_code, answer.json()["decision"]) == (200, False)
    assert answer.json()["context"]["reason_admin"]["cause"] == "unknown_subject"


@pytest.mark.parametrize("name", ["*", "APPROVE", "a:b", "é"])
def test_what_no_permission_can_be_called_is_a_no_even_for_superusers(as_user: Client, root: User, name: str) -> None:
    answer = ask(as_user(root), question(str(root.pk), action={"name": name}))

    assert (answer.status_code, answer.json()["decision"]) == (200, False)


def test_everybody_may_ask_about_herself_and_nobody_else(as_user: Client, alice: User, bob: User) -> None:
    give(alice, "invoice:approve")

    assert ask(as_user(alice), question(str(alice.pk))).json()["decision"] is True
    assert ask(as_user(alice), question(str(alice.pk).upper())).json()["decision"] is True
    refused = ask(as_user(alice), question(str(bob.pk)))

    assert refused.status_code == 403
    assert "decision:evaluate" in refused.json()


def test_whoever_may_evaluate_may_ask_about_others(as_user: Client, alice: User, bob: User) -> None:
    give(alice, "decision:evaluate")

    assert ask(as_user(alice), question(str(bob.pk))).json()["decision"] is False


def test_members_that_the_standard_or_others_add_are_left_alone(as_user: Client, root: User) -> None:
    body = question(
        str(root.pk), context={"time": "now", "deep": {"er": [1]}}, options={}, extra=[1], action={"name": "a", "x": 1}
    )

    assert ask(as_user(root), body).json()["decision"] is True


@pytest.mark.parametrize(
    "body",
    [
        *([], "x", None, {}, {"subject": {"type": "user", "id": "x"}}),
        question("x", subject="alice"),
        question("x", subject={"type": "user", "id": 7}),
        question("x", subject={"type": "user"}),
        question("x", subject={"type": "", "id": "x"}),
        question("x", action={"name": True}),
        question("x", action={"name": "a\0"}),
        question("x", resource={"type": "invoice"}),
        question("x", resource={"type": "invoice", "id": "7", "properties": []}),
        question("x", context="x"),
        *(question("x", **at_scope(scope)) for scope in (7, None, "", "acme", "/acme/", "/a\0")),
    ],
)
def test_a_malformed_question_is_a_400_with_a_message(as_user: Client, root: User, body: Any) -> None:
    answer = ask(as_user(root), body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert isinstance(answer.json(), str)


def test_a_stranger_is_told_to_sign_in() -> None:
    answer = ask(APIClient(), question("x"))

    assert answer.status_code == 401
    assert "Bearer" in answer["WWW-Authenticate"]


def test_the_callers_request_id_comes_back(as_user: Client, root: User) -> None:
    answer = as_user(root).post(
        "/access/v1/evaluation", question(str(root.pk)), format="json", headers={"x-request-id": "abc-123"}
    )

    assert answer["X-Request-ID"] == "abc-123"
