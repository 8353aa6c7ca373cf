from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests import factories
from accounts.tests.fakes import Granted
from accounts.tests.post import Post
from conftest import PASSWORD
from events.models import Event

ACTIONS = ["deactivate", "reactivate", "unlock", "sign-out", "send-password-reset"]


@pytest.fixture
def roots(root: User, as_user: Callable[[User], APIClient]) -> APIClient:
    """The client of one who may do everything."""
    return as_user(root)


def create(client: APIClient, **body: Any) -> Any:
    return client.post("/api/v1/users/", {"email": "dora@example.org", **body}, format="json")


def names(answer: Any) -> list[str]:
    return [row["email"].partition("@")[0] for row in answer.json()["results"]]


def test_without_a_password_she_is_invited(roots: APIClient, post: Post) -> None:
    answer = create(roots, display_name="Dora", locale="de")
    assert (answer.status_code, answer.json()["is_active"], answer["ETag"]) == (201, True, '"1"')
    assert post.subjects() == ["Ihr Konto wartet auf Sie"]


def test_a_password_can_be_given_at_creation(roots: APIClient, post: Post) -> None:
    answer = create(roots, password=PASSWORD, email_verified=True)
    assert answer.status_code == 201
    assert answer.json()["email_verified_at"]
    assert User.objects.get(email_canonical="dora@example.org").check_password(PASSWORD)
    assert post.subjects() == ["Welcome"]


def test_an_address_that_nobody_vouched_for_gets_the_link_to_prove_it(roots: APIClient, post: Post) -> None:
    assert create(roots, password=PASSWORD).json()["email_verified_at"] is None
    assert post.subjects() == ["Confirm your e-mail address"]


def test_a_taken_address_is_a_conflict_in_any_spelling(roots: APIClient, alice: User) -> None:
    answer = create(roots, email="ALICE@example.org")
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


def test_a_repeated_creation_with_its_key_makes_one(roots: APIClient) -> None:
    answers = [
        roots.post("/api/v1/users/", {"email": "d@example.org"}, format="json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize("field", ["is_superuser", "is_active", "id", "email_verified_at", "roles", "version"])
def test_creation_takes_only_what_the_contract_names(roots: APIClient, field: str) -> None:
    assert create(roots, **{field: True}).json()["errors"][0]["code"] == "unknown_field"


def test_staff_is_listed_searched_filtered_and_ordered(roots: APIClient, alice: User, bob: User) -> None:
    factories.person(email="closed@example.org", is_active=False, display_name="Zoë")
    every = ["closed", "bob", "alice", "root"]
    for query, expected in {
        "": every,
        "?search=ALI": ["alice"],
        "?search=zo": ["closed"],
        "?is_active=false": ["closed"],
        "?is_staff=true": ["root"],
        "?email=BOB@example.org": ["bob"],
        "?email=nonsense": [],
        "?ordering=email_canonical": ["alice", "bob", "closed", "root"],
        "?email_verified=false": [],
        "?created_before=2020-01-01T00:00:00Z": [],
    }.items():
        assert names(roots.get(f"/api/v1/users/{query}")) == expected, query


@pytest.mark.parametrize(
    "query", ["ordering=password", "password__startswith=a", "is_staff=maybe", "search=%00", "ordering=-pk"]
)
def test_the_list_answers_no_other_questions(roots: APIClient, query: str) -> None:
    assert roots.get(f"/api/v1/users/?{query}").status_code == 400


def test_a_person_is_read_changed_and_erased(roots: APIClient, alice: User) -> None:
    where = f"/api/v1/users/{alice.pk}/"
    assert roots.get(where).json()["email"] == "alice@example.org"
    assert roots.patch(where, {"is_staff": True}, format="json").json()["is_staff"] is True
    assert roots.delete(where, headers={"If-Match": '"1"'}).status_code == 412
    assert roots.delete(where, headers={"If-Match": '"2"'}).status_code == 204
    assert roots.get(where).status_code == 404


@pytest.mark.parametrize("field", ["password", "email", "email_verified", "is_active", "version"])
def test_nobody_sets_another_ones_password_or_proof(roots: APIClient, alice: User, field: str) -> None:
    answer = roots.patch(f"/api/v1/users/{alice.pk}/", {field: "x"}, format="json")
    assert answer.json()["errors"][0]["code"] == "unknown_field"


@pytest.mark.parametrize(("action", "status"), list(zip(ACTIONS, [200, 200, 204, 204, 202], strict=True)))
def test_each_action_answers_and_may_be_repeated(roots: APIClient, alice: User, action: str, status: int) -> None:
    for _ in range(2):
        assert roots.post(f"/api/v1/users/{alice.pk}/{action}/").status_code == status


def test_deactivating_tells_the_state_and_the_reason(roots: APIClient, alice: User) -> None:
    answer = roots.post(f"/api/v1/users/{alice.pk}/deactivate/", {"reason": "left"}, format="json")
    assert (answer.json()["is_active"], answer["ETag"]) == (False, '"2"')
    assert Event.objects.get(kind="accounts.user.deactivated").data == {"reason": "left"}


def test_a_reset_goes_to_the_stored_address_and_is_not_shown(roots: APIClient, alice: User, post: Post) -> None:
    answer = roots.post(f"/api/v1/users/{alice.pk}/send-password-reset/")
    assert answer.content == b""
    assert (post.last().to, post.last().subject) == (["alice@example.org"], "Set a new password")


def test_whom_nobody_has_seen_yet_is_invited_again(roots: APIClient, post: Post) -> None:
    dora = factories.person(invited=True)
    roots.post(f"/api/v1/users/{dora.pk}/send-password-reset/")
    assert post.subjects() == ["Your account is waiting for you"]


def test_a_closed_account_gets_no_reset(roots: APIClient, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert roots.post(f"/api/v1/users/{alice.pk}/send-password-reset/").json()["code"] == "account_shut"


def test_the_last_administrator_stays(roots: APIClient, root: User) -> None:
    where = f"/api/v1/users/{root.pk}/"
    answers = [
        roots.post(f"{where}deactivate/"),
        roots.patch(where, {"is_superuser": False, "is_staff": False}, format="json"),
        roots.delete(where),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "last_administrator")] * 3


def test_an_ordinary_person_may_do_nothing_to_anybody(
    alice: User, bob: User, as_user: Callable[[User], APIClient]
) -> None:
    client, where = as_user(alice), f"/api/v1/users/{bob.pk}/"
    answers = [client.get("/api/v1/users/"), create(client), client.get(where), client.delete(where)]
    answers += [client.patch(where, {}, format="json"), *(client.post(f"{where}{action}/") for action in ACTIONS)]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"permission_denied"}


def test_an_unknown_id_is_answered_like_any_other(roots: APIClient) -> None:
    answers = [roots.get(f"/api/v1/users/{uuid4()}/").json() for _ in range(2)]
    for answer in answers:
        del answer["instance"], answer["request_id"]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_who_outranks_the_caller_is_looked_at_and_not_touched(
    root: User, alice: User, as_user: Callable[[User], APIClient], granted: type[Granted]
) -> None:
    granted.names.update(["user:view", "user:change", "user:delete", "user:unlock", "session:end"])
    granted.names.add("user:send_password_reset")
    granted.out_of_reach.add(root.pk)
    client, where = as_user(alice), f"/api/v1/users/{root.pk}/"
    answers = [client.delete(where), client.patch(where, {"display_name": "x"}, format="json")]
    answers += [client.post(f"{where}{action}/") for action in ACTIONS]
    assert {answer.status_code for answer in answers} == {403}
    assert client.get(where).status_code == 200
    assert not Event.objects.exists()


def test_staff_below_the_caller_is_within_reach(
    alice: User, bob: User, as_user: Callable[[User], APIClient], granted: type[Granted]
) -> None:
    granted.names.update(["user:change"])
    answer = as_user(alice).patch(f"/api/v1/users/{bob.pk}/", {"display_name": "B."}, format="json")
    assert answer.json()["display_name"] == "B."
