"""Which of her roles a session uses: dynamic separation of duty, and her own choice."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event
from rbac.models import Role, SeparationOfDuty
from rbac.services import roles, separation
from rbac.tests.factories import give_role, group_of, role_of, separate
from tokens.models import Session
from tokens.tests.clients import bearing, post, sign_in
from tokens.tests.factories import spoken

PATH = "/api/v1/me/sessions/current/roles/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def duties(alice: User) -> list[Role]:
    """Alice may file and approve, but not in one session; and she may look."""
    found = [role_of(name, f"invoice:{name}") for name in ("file", "approve", "look")]
    for role in found:
        give_role(alice, role)
    separate(*found[:2], kind="dynamic", name="four-eyes")
    return found


@pytest.fixture
def desk(alice: User, duties: list[Role]) -> APIClient:
    """Where she is signed in."""
    del duties
    return bearing(sign_in(alice)["access"])


def put(client: APIClient, said: object) -> Any:
    return client.put(PATH, {"roles": said}, format="json")


def may(client: APIClient) -> set[str]:
    """What counts in the session, as it is told."""
    told = client.get("/api/v1/me/permissions/").json()["permissions"]
    return {one["name"].removeprefix("invoice:") for one in told}


def test_of_roles_kept_apart_a_session_uses_none_before_it_has_chosen(desk: APIClient) -> None:
    assert desk.get(PATH).json() == {
        "roles": ["look"],
        "held_back": [{"role": "approve", "separation": "four-eyes"}, {"role": "file", "separation": "four-eyes"}],
        "chosen": False,
    }
    assert may(desk) == {"look"}


def test_what_is_chosen_counts_with_the_next_request_and_nothing_else(desk: APIClient) -> None:
    answer = put(desk, ["file", "look"])

    assert (answer.status_code, answer.json()["roles"], answer.json()["chosen"]) == (200, ["file", "look"], True)
    assert may(desk) == {"file", "look"}
    assert put(desk, ["approve"]).status_code == 200
    assert may(desk) == {"approve"}


def test_more_than_may_go_together_is_refused_and_changes_nothing(desk: APIClient) -> None:
    put(desk, ["file"])

    answer = put(desk, ["file", "approve"])

    assert (answer.status_code, answer.json()["code"]) == (409, "separation_of_duty")
    assert (answer.json()["separation"], answer.json()["roles"]) == ("four-eyes", ["approve", "file"])
    assert may(desk) == {"file"}


def test_the_choice_can_be_taken_back(desk: APIClient) -> None:
    put(desk, ["file"])

    assert put(desk, None).json()["chosen"] is False

    assert may(desk) == {"look"}


def test_a_session_may_use_nothing_at_all(desk: APIClient) -> None:
    assert put(desk, []).json()["roles"] == []

    assert may(desk) == set()


def test_each_session_chooses_for_itself(alice: User, desk: APIClient) -> None:
    other = bearing(sign_in(alice)["access"])

    put(desk, ["file"])
    put(other, ["approve"])

    assert (may(desk), may(other)) == ({"file"}, {"approve"})


def test_the_choice_is_told_once(alice: User, desk: APIClient) -> None:
    for _ in range(2):
        put(desk, ["look", "file", "file"])

    fact = Event.objects.get(kind="tokens.session.roles_activated")
    assert (fact.actor_id, fact.data) == (alice.pk, {"user_id": str(alice.pk), "roles": ["file", "look"]})
    assert fact.subject_id == str(Session.objects.get().pk)


def test_what_comes_through_groups_and_inheritance_counts(alice: User, duties: list[Role]) -> None:
    group = group_of(alice)
    give_role(group, role_of("chief", inherits=[duties[0]]))
    desk = bearing(sign_in(alice)["access"])

    assert put(desk, ["chief", "approve"]).status_code == 409
    assert put(desk, ["chief", "file"]).status_code == 200
    assert may(desk) == {"file"}


def test_a_set_that_became_stricter_holds_back_what_was_chosen_before(desk: APIClient, duties: list[Role]) -> None:
    put(desk, ["file", "look"])

    separate(duties[0], duties[2], kind="dynamic", name="stricter")

    assert may(desk) == set()
    back = desk.get(PATH).json()["held_back"]
    assert {one["role"]: one["separation"] for one in back} == {
        "approve": "the choice of roles in this session",
        "file": "stricter",
        "look": "stricter",
    }


def test_a_set_that_is_gone_holds_nothing_back(desk: APIClient) -> None:
    separation.delete(SeparationOfDuty.objects.get(), actor=SYSTEM, at=timezone.now())

    assert may(desk) == {"file", "approve", "look"}


def test_a_role_that_comes_to_inherit_a_separated_one_is_held_back(desk: APIClient, duties: list[Role]) -> None:
    put(desk, ["file", "look"])

    roles.update(duties[2], changes={"inherits": [duties[1]]}, actor=SYSTEM, at=timezone.now())

    assert may(desk) == set()


def test_what_is_held_back_is_not_handed_on(desk: APIClient, alice: User, bob: User, duties: list[Role]) -> None:
    manage = role_of("manage", "role_assignment:add")
    give_role(alice, manage)
    body = {"role": "approve", "user": str(bob.pk)}

    put(desk, ["file", "manage"])
    refused = desk.post("/api/v1/role-assignments/", body, format="json")
    put(desk, ["approve", "manage"])
    given = desk.post("/api/v1/role-assignments/", body, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "privilege_escalation")
    assert given.status_code == 201


def test_a_permission_of_a_role_that_is_not_active_opens_no_door(alice: User) -> None:
    for name in ("user-viewer", "user-adder"):
        give_role(alice, role_of(name, "user:view" if name == "user-viewer" else "user:add"))
    desk = bearing(sign_in(alice)["access"])
    assert desk.get("/api/v1/users/").status_code == 200

    put(desk, ["user-adder"])

    assert desk.get("/api/v1/users/").status_code == 403


def told(pair: dict[str, str]) -> list[str]:
    """The roles that the access token names."""
    found: list[str] = spoken(pair["access"].split(".")[1])["roles"]
    return found


def test_the_tokens_name_the_roles_that_are_active(alice: User, duties: list[Role]) -> None:
    del duties
    pair = sign_in(alice)
    put(bearing(pair["access"]), ["file"])

    new = post("token/refresh/", {"refresh": pair["refresh"]}).json()

    assert (told(pair), told(new)) == (["look"], ["file"])


def test_introspection_names_the_roles_that_are_active(alice: User, root: User, duties: list[Role]) -> None:
    del duties
    token, caller = sign_in(alice)["access"], bearing(sign_in(root)["access"])
    put(bearing(token), ["file"])

    answer = caller.post("/api/v1/token/introspect/", {"token": token}, format="json").json()

    assert (answer["active"], answer["roles"]) == (True, ["file"])


@pytest.mark.wide
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"roles": ["nobody"]}, "role_not_held"),
        ({"roles": "file"}, "invalid"),
        ({"roles": [7]}, "invalid"),
        ({"roles": [None]}, "invalid"),
        ({"roles": ["a" * 81]}, "invalid"),
        ({"roles": ["fi\0le"]}, "invalid_character"),
        ({"roles": ["file"] * 1001}, "invalid"),
        ({"roles": ["file"], "more": 1}, "unknown_field"),
        ({}, "invalid"),
        ([], "invalid"),
    ],
)
def test_a_bad_choice_is_refused(desk: APIClient, body: Any, code: str) -> None:
    answer = desk.put(PATH, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Session.objects.get().active_roles is None


def test_a_role_of_somebody_else_is_not_hers_to_use(desk: APIClient, bob: User) -> None:
    give_role(bob, role_of("his", "user:view"))

    assert put(desk, ["his"]).json()["code"] == "role_not_held"


def test_without_a_session_there_is_nothing_to_choose(alice: User, duties: list[Role]) -> None:
    key = bearing(sign_in(alice)["access"]).post("/api/v1/me/api-keys/", {"name": "k"}, format="json").json()["key"]
    program = bearing(key)

    assert program.get(PATH).status_code == 404
    assert put(program, ["file"]).json()["code"] == "session_required"
    assert may(program) == {"look"}


def test_a_session_that_has_ended_chooses_nothing(alice: User, desk: APIClient) -> None:
    Session.objects.update(revoked_at=timezone.now())

    assert put(desk, ["file"]).status_code == 401
