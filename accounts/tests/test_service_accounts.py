"""Service accounts over the API: what staff does with them, and what nobody may."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import ServiceAccountExists
from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from events.models import Event
from rbac.tests.factories import give

pytestmark = pytest.mark.django_db
LIST = "/api/v1/service-accounts/"
ALL = [f"service_account:{action}" for action in ("view", "add", "change", "delete")]
AsUser = Callable[[User], APIClient]


@pytest.fixture
def billing(db: None) -> ServiceAccount:
    return service_accounts.create("billing", actor=SYSTEM, at=timezone.now())


@pytest.fixture
def clerk(bob: User, as_user: AsUser) -> APIClient:
    """He looks after machines, and may nothing else."""
    give(bob, *ALL)
    return as_user(bob)


def where(account: ServiceAccount, action: str = "") -> str:
    return f"{LIST}{account.pk}/{action}"


def kinds() -> list[str]:
    told = Event.objects.filter(subject_type="service_account").order_by("id")
    return [kind.rpartition(".")[2] for kind in told.values_list("kind", flat=True)]


def test_an_account_is_made_read_and_found(clerk: APIClient) -> None:
    answer = clerk.post(LIST, {"name": "billing", "description": "Sends invoices"}, format="json")

    said = answer.json()
    assert (answer.status_code, answer["ETag"], said["is_active"]) == (201, '"1"', True)
    assert clerk.get(f"{LIST}{said['id']}/").json() == said
    assert clerk.get(LIST, {"search": "ill", "is_active": "true"}).json()["results"] == [said]
    assert clerk.get(LIST, {"name": "bill"}).json()["results"] == []
    assert kinds() == ["created"]


def test_a_repeated_creation_with_its_key_makes_one(clerk: APIClient) -> None:
    made = [clerk.post(LIST, {"name": "b"}, format="json", headers={"Idempotency-Key": "k"}).json() for _ in range(2)]

    assert made[0] == made[1]


def test_a_change_counts_the_version_and_is_told(clerk: APIClient, billing: ServiceAccount) -> None:
    answer = clerk.patch(where(billing), {"name": "payments"}, format="json", headers={"If-Match": '"1"'})

    assert (answer.status_code, answer["ETag"], answer.json()["name"]) == (200, '"2"', "payments")
    assert Event.objects.get(kind="accounts.service_account.updated").data == {"changed": ["name"]}


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_who_has_seen_another_version_changes_nothing(clerk: APIClient, billing: ServiceAccount, method: str) -> None:
    answer = getattr(clerk, method)(where(billing), {"name": "x"}, format="json", headers={"If-Match": '"7"'})

    assert answer.status_code == 412
    assert ServiceAccount.objects.get().name == "billing"


def test_what_is_so_already_is_no_change(clerk: APIClient, billing: ServiceAccount) -> None:
    answer = clerk.patch(where(billing), {"name": "billing"}, format="json")

    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert kinds() == ["created"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"name": ""}, 400, "invalid"),
        ({"name": "x" * 151}, 400, "invalid"),
        ({"name": "a\x00b"}, 400, "invalid_character"),
        ({"name": "a\u202eb"}, 400, "invalid"),
        ({"name": 7}, 400, "invalid"),
        ({"name": "x", "is_active": False}, 400, "unknown_field"),
        ({"name": "x", "id": str(uuid4())}, 400, "unknown_field"),
        ({"name": "x", "is_superuser": True}, 400, "unknown_field"),
        ({"name": "billing"}, 409, "service_account_exists"),
    ],
)
def test_a_bad_account_is_refused(
    clerk: APIClient, billing: ServiceAccount, body: dict[str, Any], status: int, code: str
) -> None:
    answer = clerk.post(LIST, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ServiceAccount.objects.count() == 1


def test_a_name_that_another_has_cannot_be_taken(billing: ServiceAccount) -> None:
    other = service_accounts.create("other", actor=SYSTEM, at=timezone.now())

    with pytest.raises(ServiceAccountExists):
        service_accounts.update(other, changes={"name": "billing"}, actor=SYSTEM, at=timezone.now())


def test_an_account_is_shut_and_opened_and_twice_changes_nothing(clerk: APIClient, billing: ServiceAccount) -> None:
    said = [
        clerk.post(where(billing, f"{action}/"), {}, format="json").json()["is_active"]
        for action in ("deactivate", "deactivate", "reactivate", "reactivate")
    ]

    assert said == [False, False, True, True]
    assert kinds() == ["created", "deactivated", "reactivated"]


def test_why_it_was_shut_is_on_record(clerk: APIClient, billing: ServiceAccount) -> None:
    clerk.post(where(billing, "deactivate/"), {"reason": "leaked"}, format="json")

    assert Event.objects.get(kind="accounts.service_account.deactivated").data == {"reason": "leaked"}


def test_a_deleted_account_is_gone_and_its_name_is_free(clerk: APIClient, billing: ServiceAccount) -> None:
    give(billing, "invoice:view")
    bob_may = clerk.delete(where(billing))

    assert bob_may.status_code == 204
    assert clerk.get(where(billing)).status_code == 404
    assert clerk.post(LIST, {"name": "billing"}, format="json").status_code == 201
    assert kinds() == ["created", "deleted", "created"]


class TestNobodyTouchesWhatIsAboveHim:
    @pytest.mark.parametrize(("method", "action"), [("patch", ""), ("delete", ""), ("post", "deactivate/")])
    def test_but_he_may_look(self, clerk: APIClient, billing: ServiceAccount, method: str, action: str) -> None:
        give(billing, "role:change")

        answer = getattr(clerk, method)(where(billing, action), {}, format="json")

        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert "somebody who may do here what you may not" in answer.json()["detail"]
        assert clerk.get(where(billing)).status_code == 200

    def test_nor_revives_it(self, clerk: APIClient, billing: ServiceAccount) -> None:
        give(billing, "role:change")
        service_accounts.deactivate(billing, actor=SYSTEM, at=timezone.now())

        assert clerk.post(where(billing, "reactivate/"), {}, format="json").status_code == 403
        assert not ServiceAccount.objects.get().is_active


@pytest.mark.parametrize("action", ["deactivate/", "reactivate/", ""])
def test_what_is_not_there_is_not_found(clerk: APIClient, action: str) -> None:
    path = f"{LIST}{uuid4()}/{action}"

    answer = clerk.post(path, {}, format="json") if action else clerk.get(path)

    assert answer.status_code == 404
