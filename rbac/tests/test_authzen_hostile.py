"""What strangers may send to AuthZEN's endpoints: it is refused in words or answered `false`, and never makes them fail."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from rbac.tests.factories import give
from rbac.tests.questions import post, question

pytestmark = [pytest.mark.wide, pytest.mark.django_db]
ENDPOINTS = ("evaluation", "evaluations", "search/subject", "search/resource", "search/action")
ACTIONS, SCOPES = ("approve", "view", "delete", "*", "Approve"), ("/", "/acme", "/acme/eu", "/acme2", "acme", "/acme/")
WRONG: tuple[Any, ...] = (None, True, 7, 7.5, "x", "", [], {}, [{}], {"type": []})
STRINGS = ["subject.type", "subject.id", "action.name", "resource.type", "resource.id", "resource.properties.scope"]
OBJECTS = ["subject", "action", "resource", "context", "subject.properties", "action.properties", "resource.properties"]


@pytest.fixture
def client(as_user: Callable[[User], APIClient], root: User) -> APIClient:
    return as_user(root)


def send(client: APIClient, path: str, body: bytes, content_type: str = "application/json") -> Any:
    return client.post(f"/access/v1/{path}", body, content_type=content_type)


def whole() -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": "x", "properties": {}},
        "action": {"name": "approve", "properties": {}},
        "resource": {"type": "invoice", "id": "7", "properties": {"scope": "/acme"}},
        "context": {},
    }


def with_member(path: str, value: Any) -> dict[str, Any]:
    body: Any = whole()
    *way, last = path.split(".")
    holder = body
    for step in way:
        holder = holder[step]
    holder[last] = value
    return dict(body)


def is_told(answer: Any, status: int = 400) -> bool:
    """Whether it is the standard's error of that status."""
    assert answer["Content-Type"] == "application/json"
    return answer.status_code == status and isinstance(answer.json(), str) and bool(answer.json())


@pytest.mark.parametrize("path", STRINGS)
@pytest.mark.parametrize("value", [one for one in WRONG if not isinstance(one, str)], ids=repr)
def test_what_is_not_a_string_is_refused(client: APIClient, path: str, value: Any) -> None:
    answer = post(client, "evaluation", with_member(path, value))

    assert is_told(answer)
    assert answer.json() == f"{path} is not a string."


@pytest.mark.parametrize("path", OBJECTS)
@pytest.mark.parametrize("value", [one for one in WRONG if not isinstance(one, dict)], ids=repr)
def test_what_is_not_an_object_is_refused(client: APIClient, path: str, value: Any) -> None:
    answer = post(client, "evaluation", with_member(path, value))

    assert is_told(answer)
    assert answer.json() == f"{path} is not an object."


@pytest.mark.parametrize("path", ["subject.type", "subject.id", "action.name", "resource.type"])
@pytest.mark.parametrize("value", ["", "x" * 1001, "a\u202eb", "a\nb"], ids=["empty", "long", "override", "line"])
def test_a_word_that_is_none_is_refused(client: APIClient, path: str, value: str) -> None:
    assert is_told(post(client, "evaluation", with_member(path, value)))


@pytest.mark.parametrize("value", ["", "x" * 5000, "a\u202eb", "a\nb", "../../etc", "' OR 1=1 --"])
def test_a_resource_may_be_called_whatever_it_likes(client: APIClient, value: str) -> None:
    assert post(client, "evaluation", with_member("resource.id", value)).status_code == 200


@pytest.mark.parametrize(
    "scope", ["", "acme", "/acme/", "//", "/Acme", "/a b", "/" + "a" * 400, "/a" * 17, "/..", "/é", "/acme\n"]
)
def test_a_scope_that_is_none_is_refused_in_words(client: APIClient, scope: str) -> None:
    answer = post(client, "evaluation", with_member("resource.properties.scope", scope))

    assert is_told(answer)
    assert answer.json().startswith("resource.properties.scope: ")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"NaN",
        b"[" * 100_000,
        b'{"subject":' * 100 + b"{}" + b"}" * 100,
        b'{"context": {"a": 1, "a": 2}}',
        b'{"subject": {"type": "user", "id": "x"}, "subject": {"type": "user", "id": "y"}}',
        rb'{"subject": {"type": "user", "id": "\u0000"}}',
        rb'{"context": {"\ud800": 1}}',
        b'{"context": {"n": 1e999}}',
        b'{"context": {"n": ' + b"9" * 5000 + b"}}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_sound_json_is_refused(client: APIClient, endpoint: str, body: bytes) -> None:
    assert is_told(send(client, endpoint, body))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"])
def test_what_does_not_call_itself_json_is_a_bad_request(client: APIClient, endpoint: str, kind: str) -> None:
    assert is_told(send(client, endpoint, json.dumps(whole()).encode(), content_type=kind))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_another_method_is_refused_in_the_same_form(client: APIClient, endpoint: str) -> None:
    assert is_told(client.get(f"/access/v1/{endpoint}"), 405)


def test_a_thousand_deep_items_and_a_thousand_defaults_are_read_one_by_one(client: APIClient) -> None:
    deep = {"subject": {"type": "user", "id": "x", "properties": {"a": {"b": {"c": [1, 2, {"d": None}]}}}}}

    answer = post(client, "evaluations", {**whole(), "evaluations": [deep] * 1000})

    assert [one["decision"] for one in answer.json()["evaluations"]] == [False] * 1000


NAMES = (
    *("subject", "action", "resource", "context", "type", "id", "name", "properties"),
    *("scope", "page", "limit", "token", "evaluations", "options"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["user", "/acme", "approve", "", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.sampled_from([{"type": "user", "id": "x"}, {"type": "robot", "id": "7"}, {"id": 7}, "ALICE"]),
        "action": st.sampled_from([*({"name": name} for name in ACTIONS), {}, 7]),
        "resource": st.sampled_from(
            [*({"type": "invoice", "id": "7", "properties": {"scope": scope}} for scope in SCOPES), {"type": "invoice"}]
        ),
    },
)
wild = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@wild
@given(body=JSON)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_json_at_all_makes_an_endpoint_fail(client: APIClient, endpoint: str, body: Any) -> None:
    assert post(client, endpoint, body).status_code in {200, 400}


@wild
@given(items=st.lists(ITEM, min_size=1, max_size=4))
def test_a_batch_says_of_each_item_what_it_would_be_told_alone(
    client: APIClient, alice: User, items: list[Any]
) -> None:
    body = question(alice, scope="/acme")
    if not alice.role_assignments.exists():
        give(alice, "invoice:approve", scope="/acme")
    sent = json.loads(json.dumps({**body, "evaluations": items}).replace('"ALICE"', json.dumps(body["subject"])))

    together = post(client, "evaluations", sent).json()["evaluations"]

    for item, found in zip(sent["evaluations"], together, strict=True):
        alone = post(client, "evaluation", {**body, **item})
        said = alone.json()
        failed = {"decision": False, "context": {"error": {"status": alone.status_code, "message": said}}}
        assert found == (said if alone.status_code == 200 else failed)
