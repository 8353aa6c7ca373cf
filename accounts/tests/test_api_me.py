from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from events.models import Event

FIELDS = {
    "id",
    "email",
    "display_name",
    "locale",
    "timezone",
    "scope",
    "is_active",
    "is_staff",
    "is_superuser",
    "email_verified_at",
    "password_changed_at",
    "last_login",
    "created_at",
    "updated_at",
}
FORBIDDEN = [
    "is_staff",
    "is_superuser",
    "roles",
    "email_verified",
    "email_verified_at",
    "id",
    "password",
    "is_active",
    "email",
]
NEW = "unrelated volcano pencil"


@pytest.fixture
def hers(alice: User, as_user: Callable[[User], APIClient]) -> APIClient:
    """Alice's client."""
    return as_user(alice)


def test_she_sees_herself_and_no_secret(hers: APIClient) -> None:
    answer = hers.get("/api/v1/me/")
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert answer.json().keys() == FIELDS
    assert answer.json()["created_at"].endswith("Z")


def test_she_changes_her_profile(hers: APIClient, alice: User) -> None:
    body = {"display_name": "Alice L.", "locale": "de-AT", "timezone": "Europe/Vienna"}
    answer = hers.patch("/api/v1/me/", body, format="json")
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert body.items() <= answer.json().items()
    fact = Event.objects.get()
    assert (fact.kind, fact.data) == ("accounts.user.updated", {"changed": ["display_name", "locale", "timezone"]})


def test_what_is_as_it_was_leaves_no_trace(hers: APIClient) -> None:
    assert hers.patch("/api/v1/me/", {"display_name": "Alice"}, format="json")["ETag"] == '"1"'
    assert hers.patch("/api/v1/me/", {}, format="json").status_code == 200
    assert not Event.objects.exists()


@pytest.mark.parametrize("field", FORBIDDEN)
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_she_cannot_raise_herself(hers: APIClient, alice: User, field: str, form: str) -> None:
    answer = hers.patch("/api/v1/me/", {field: "true"}, format=form)
    assert answer.status_code in {400, 415}
    assert User.objects.filter(pk=alice.pk).values().get() == User.objects.filter(pk=alice.pk).values().get()
    assert User.objects.get(pk=alice.pk).version == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("locale", "klingon"),
        ("locale", "../../etc"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("display_name", "x" * 151),
        ("display_name", "two\nlines"),
        ("display_name", "\u202egnp.exe"),
        ("display_name", ["a"]),
        ("display_name", 7),
    ],
)
def test_nonsense_is_refused_field_by_field(hers: APIClient, field: str, value: Any) -> None:
    answer = hers.patch("/api/v1/me/", {field: value}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_an_outdated_copy_is_not_written_over_a_newer_one(hers: APIClient) -> None:
    assert (
        hers.patch("/api/v1/me/", {"display_name": "A"}, format="json", headers={"If-Match": '"1"'}).status_code == 200
    )
    assert (
        hers.patch("/api/v1/me/", {"display_name": "B"}, format="json", headers={"If-Match": '"1"'}).status_code == 412
    )


def test_she_changes_her_password_with_the_current_one(hers: APIClient, alice: User) -> None:
    body = {"current_password": PASSWORD, "password": NEW}
    assert hers.post("/api/v1/me/password/", body, format="json").status_code == 204
    assert User.objects.get(pk=alice.pk).check_password(NEW)


@pytest.mark.parametrize("current", ["wrong", None, "", 7])
def test_without_the_current_password_nothing_changes(hers: APIClient, alice: User, current: Any) -> None:
    answer = hers.post("/api/v1/me/password/", {"current_password": current, "password": NEW}, format="json")
    assert answer.status_code == 400
    assert User.objects.get(pk=alice.pk).password == alice.password


def test_a_stranger_has_no_self(db: None) -> None:
    for path in ("/api/v1/me/", "/api/v1/me/password/"):
        answer = APIClient().post(path) if "password" in path else APIClient().get(path)
        assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)
