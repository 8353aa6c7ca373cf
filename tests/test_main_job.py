"""The main job across all apps, over HTTP in this process; the queue is drained by hand, so nothing has to be waited for."""

import email
import email.policy
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from events.models import Event
from events.services import draining
from rbac.models import RoleAssignment
from rbac.services import builtin
from tokens.services import keys

pytestmark = pytest.mark.django_db(transaction=True)
ADA = {"email": "ada@example.org", "password": "an engine of brass and steam"}


@pytest.fixture(autouse=True)
def installed(transactional_db: None) -> None:
    """What `bootstrap` lays down."""
    keys.ensure(at=timezone.now())
    builtin.install(at=timezone.now())


def post(path: str, body: dict[str, Any], token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return APIClient().post(path, body, format="json", headers=headers)


def get(path: str, token: str) -> Any:
    return APIClient().get(path, headers={"Authorization": f"Bearer {token}"})


def sign_in(address: str, password: str = PASSWORD) -> dict[str, str]:
    answer = post("/api/v1/token/", {"email": address, "password": password})
    assert answer.status_code == 200, answer.content
    found: dict[str, str] = answer.json()
    return found


def secret_mailed_to(address: str) -> str:
    draining.drain(at=timezone.now())
    newest = [m for m in mail.outbox if m.to == [address]][-1]
    text = email.message_from_bytes(newest.message().as_bytes(), policy=email.policy.default).get_body(("plain",))
    assert text is not None
    found = re.search(r"#token=(\S+)", text.get_content())
    assert found is not None
    return found[1]


def test_a_stranger_registers_verifies_and_signs_in() -> None:
    assert post("/api/v1/accounts/register/", ADA).status_code == 202
    assert post("/api/v1/token/", ADA).json()["code"] == "invalid_credentials"

    assert post("/api/v1/accounts/verify-email/", {"token": secret_mailed_to("ada@example.org")}).status_code == 204

    token = sign_in(ADA["email"], ADA["password"])["access"]
    assert get("/api/v1/me/", token).json()["email"] == "ada@example.org"


def test_a_reset_by_mail_ends_every_session_and_signs_nobody_in(alice: User) -> None:
    before = sign_in("alice@example.org")
    assert post("/api/v1/accounts/password/reset/", {"email": "Alice@Example.org"}).status_code == 202

    body = {"token": secret_mailed_to("alice@example.org"), "password": "another mountain of paper cranes"}
    assert post("/api/v1/accounts/password/reset/confirm/", body).status_code == 204

    assert get("/api/v1/me/", before["access"]).status_code == 401
    assert post("/api/v1/token/refresh/", {"refresh": before["refresh"]}).json()["code"] == "token_not_valid"
    assert post("/api/v1/accounts/password/reset/confirm/", body).status_code == 400
    sign_in("alice@example.org", "another mountain of paper cranes")


def test_a_changed_password_ends_the_other_sessions_only(alice: User) -> None:
    here, there = sign_in("alice@example.org"), sign_in("alice@example.org")

    body = {"current_password": PASSWORD, "password": "another mountain of paper cranes"}
    assert post("/api/v1/me/password/", body, here["access"]).status_code == 204

    assert get("/api/v1/me/", here["access"]).status_code == 200
    assert get("/api/v1/me/", there["access"]).status_code == 401


@pytest.mark.parametrize("action", ["deactivate", "sign-out"])
def test_what_staff_does_is_seen_by_the_next_request(alice: User, root: User, action: str) -> None:
    hers, roots = sign_in("alice@example.org"), sign_in("root@example.org")

    answer = post(f"/api/v1/users/{alice.pk}/{action}/", {}, roots["access"])

    assert answer.status_code in {200, 204}, answer.content
    assert get("/api/v1/me/", hers["access"]).status_code == 401
    assert post("/api/v1/token/refresh/", {"refresh": hers["refresh"]}).status_code == 401
    assert get("/api/v1/me/", roots["access"]).status_code == 200


def test_an_erased_person_is_gone_and_the_trail_stays(alice: User, root: User) -> None:
    hers, roots = sign_in("alice@example.org"), sign_in("root@example.org")

    answer = APIClient().delete(f"/api/v1/users/{alice.pk}/", headers={"Authorization": f"Bearer {roots['access']}"})

    assert answer.status_code == 204
    assert get("/api/v1/me/", hers["access"]).status_code == 401
    assert Event.objects.filter(subject_id=str(alice.pk), kind="accounts.user.erased").count() == 1


def test_an_assignment_counts_from_the_next_question_to_the_last(alice: User, root: User) -> None:
    token = sign_in("root@example.org")["access"]
    post("/api/v1/permissions/", {"name": "invoice:approve"}, token)
    post("/api/v1/roles/", {"name": "clerk", "permissions": ["invoice:approve"]}, token)
    given = post("/api/v1/role-assignments/", {"role": "clerk", "user": str(alice.pk), "scope": "/acme"}, token)
    assert given.status_code == 201, given.content

    assert _may(alice, token, scope="/acme/eu") is True
    assert _may(alice, token, scope="/acme2") is False
    where = f"/api/v1/role-assignments/{given.json()['id']}/"
    assert APIClient().delete(where, headers={"Authorization": f"Bearer {token}"}).status_code == 204
    assert _may(alice, token, scope="/acme/eu") is False


def _may(user: User, token: str, *, scope: str) -> bool:
    question = {
        "subject": {"type": "user", "id": str(user.pk)},
        "action": {"name": "approve"},
        "resource": {"type": "invoice", "id": "7", "properties": {"scope": scope}},
    }
    decision: bool = post("/access/v1/evaluation", question, token).json()["decision"]
    return decision


def test_staff_with_a_narrow_role_cannot_climb(person: Callable[..., User], root: User) -> None:
    limited = person("limited", is_staff=True)
    roots = sign_in("root@example.org")["access"]
    post("/api/v1/role-assignments/", {"role": "user-manager", "user": str(limited.pk)}, roots)
    token = sign_in("limited@example.org")["access"]

    climbed = post("/api/v1/role-assignments/", {"role": "administrator", "user": str(limited.pk)}, token)
    touched = post(f"/api/v1/users/{root.pk}/deactivate/", {}, token)
    reset = post(f"/api/v1/users/{root.pk}/send-password-reset/", {}, token)

    assert (climbed.status_code, touched.status_code, reset.status_code) == (403, 403, 403)
    assert touched.json()["detail"].startswith("You hold user:change")
    assert not RoleAssignment.objects.filter(user=limited, role__name="administrator").exists()
    assert Event.objects.filter(kind="rbac.role_assignment.refused").count() == 1
