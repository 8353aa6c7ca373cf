"""Secrets of machines over the API: made, listed, used, revoked, and who may not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common import secrets
from common.actors import SYSTEM
from events.models import Event
from rbac.tests.factories import give
from tokens.models import Revocation, ServiceCredential
from tokens.services import credentials
from tokens.services.credentials import MOST, Added
from tokens.tests.clients import bearing
from tokens.tests.machines import GRANT, ask, basic, buy, machine, secret_of

pytestmark = pytest.mark.django_db
AsUser = Callable[[User], APIClient]
ALL = ("service_credential:view", "service_credential:add", "service_credential:delete")


@pytest.fixture
def billing(db: None) -> ServiceAccount:
    return machine("billing", "invoice:view")


@pytest.fixture
def clerk(bob: User, as_user: AsUser) -> APIClient:
    """He looks after secrets, and may see invoices."""
    give(bob, *ALL, "invoice:view")
    return as_user(bob)


def where(account: ServiceAccount, *more: object) -> str:
    return "/".join(["/api/v1/service-accounts", str(account.pk), "credentials", *map(str, more), ""])


def make(client: APIClient, account: ServiceAccount, **body: Any) -> Any:
    return client.post(where(account), body, format="json")


def lives(token: str) -> bool:
    found = bearing(token).get("/api/v1/me/permissions/").status_code
    assert found in {200, 401}
    return found == 200


class TestASecret:
    def test_is_shown_once_and_stored_as_a_digest(self, clerk: APIClient, billing: ServiceAccount) -> None:
        answer = make(clerk, billing)

        said = answer.json()
        assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
        assert said["client_id"] == str(billing.pk)
        assert said["client_secret"].startswith("ids_")
        assert len(said["client_secret"]) == len("ids_") + 43
        row = ServiceCredential.objects.values().get(pk=said["id"])
        assert row["digest"] == secrets.digest_of(said["client_secret"])
        shown_later = clerk.get(where(billing)).content.decode() + str(list(Event.objects.values())) + str(row)
        assert said["client_secret"] not in shown_later

    def test_is_one_of_several(self, clerk: APIClient, billing: ServiceAccount) -> None:
        made = [make(clerk, billing).json() for _ in range(2)]

        for one in made:
            shown = basic(one["client_id"], one["client_secret"])
            assert ask(GRANT, authorization=shown).status_code == 200
        listed = clerk.get(where(billing)).json()["results"]
        assert [row["id"] for row in listed] == [one["id"] for one in reversed(made)]
        assert set(listed[0]) == {"id", "client_id", "hint", "created_at", "last_used_at", "expires_at"}

    def test_is_the_same_for_the_same_key(self, clerk: APIClient, billing: ServiceAccount) -> None:
        answers = [
            clerk.post(where(billing), {}, format="json", headers={"Idempotency-Key": "k"}).json() for _ in range(2)
        ]

        assert answers[0] == answers[1]
        assert ServiceCredential.objects.count() == 1

    def test_ends_by_the_clock(self, clerk: APIClient, billing: ServiceAccount) -> None:
        soon = (timezone.now() + timedelta(hours=1)).isoformat()

        said = make(clerk, billing, expires_at=soon).json()

        assert datetime.fromisoformat(said["expires_at"]) == datetime.fromisoformat(soon)
        with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=False):
            assert credentials.proven(said["client_id"], said["client_secret"], at=timezone.now()) is None

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid"),
            ({"expires_at": "soon"}, "invalid"),
            ({"client_secret": "mine"}, "unknown_field"),
            ({"client_id": "mine"}, "unknown_field"),
        ],
    )
    def test_cannot_be_made_so(
        self, clerk: APIClient, billing: ServiceAccount, body: dict[str, Any], code: str
    ) -> None:
        answer = make(clerk, billing, **body)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not ServiceCredential.objects.exists()

    def test_is_not_one_too_many(self, clerk: APIClient, billing: ServiceAccount) -> None:
        for _ in range(MOST):
            last = secret_of(billing)

        answer = make(clerk, billing)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_credentials")

        credentials.revoke(last.credential, actor=SYSTEM, at=timezone.now())
        assert make(clerk, billing).status_code == 201

    def test_tells_when_it_was_used_to_the_minute(self, billing: ServiceAccount) -> None:
        added = secret_of(billing)
        used = []

        for second in (5, 59, 60):
            with time_machine.travel(datetime(2040, 1, 1, 12, 0, tzinfo=UTC) + timedelta(seconds=second), tick=False):
                buy(added)
            used.append(ServiceCredential.objects.get().last_used_at)

        noon = datetime(2040, 1, 1, 12, tzinfo=UTC)
        assert used == [noon, noon, noon + timedelta(minutes=1)]


class TestWhatEndsTokens:
    @pytest.fixture
    def added(self, billing: ServiceAccount) -> Added:
        return secret_of(billing)

    def test_revoking_the_secret(self, clerk: APIClient, billing: ServiceAccount, added: Added) -> None:
        token, other = buy(added), buy(secret_of(billing))

        assert clerk.delete(where(billing, added.credential.pk)).status_code == 204

        assert (lives(token), lives(other)) == (False, True)
        assert clerk.delete(where(billing, added.credential.pk)).status_code == 404
        assert Revocation.objects.get().named == str(added.credential.epoch)
        assert Event.objects.get(kind="tokens.credential.revoked").subject_id == str(added.credential.pk)

    def test_shutting_the_account_for_good(self, billing: ServiceAccount, added: Added) -> None:
        token = buy(added)

        service_accounts.deactivate(billing, actor=SYSTEM, at=timezone.now())
        assert not lives(token)

        service_accounts.reactivate(billing, actor=SYSTEM, at=timezone.now())
        assert not lives(token)
        assert lives(buy(added))

    def test_deleting_the_account(self, billing: ServiceAccount, added: Added) -> None:
        token = buy(added)

        service_accounts.delete(billing, actor=SYSTEM, at=timezone.now())

        assert not lives(token)

    def test_a_new_epoch_and_the_secret_is_still_good(self, added: Added) -> None:
        token = buy(added)

        assert credentials.end_tokens(added.credential.epoch, actor=SYSTEM, at=timezone.now())

        assert not lives(token)
        assert lives(buy(added))
        assert not credentials.end_tokens(added.credential.epoch, actor=SYSTEM, at=timezone.now())
        assert not credentials.end_tokens(uuid4(), actor=SYSTEM, at=timezone.now())


class TestNobodyClimbs:
    @pytest.mark.parametrize("more", ["invoice:approve", "user:view", "role:change", "*:*"])
    def test_by_a_secret_of_a_machine_that_may_more(self, clerk: APIClient, billing: ServiceAccount, more: str) -> None:
        give(billing, more, scope="/acme")

        answer = make(clerk, billing)

        assert answer.status_code == 403
        assert not ServiceCredential.objects.exists()

    def test_and_the_try_is_on_record(self, clerk: APIClient, bob: User, billing: ServiceAccount) -> None:
        give(billing, "invoice:approve")

        answer = make(clerk, billing)

        assert (answer.json()["code"], answer.json()["missing"]) == ("privilege_escalation", ["invoice:approve"])
        fact = Event.objects.get(kind="tokens.credential.refused")
        assert (fact.actor_id, fact.subject_id, fact.data["missing"]) == (bob.pk, str(billing.pk), ["invoice:approve"])

    def test_by_revoking_what_is_above(self, clerk: APIClient, billing: ServiceAccount) -> None:
        give(billing, "role:change")
        added = secret_of(billing)

        answer = clerk.delete(where(billing, added.credential.pk))

        assert (answer.status_code, answer.json()["permission"]) == (403, "service_credential:delete")
        assert lives(buy(added))

    def test_without_the_permission(self, alice: User, as_user: AsUser, billing: ServiceAccount) -> None:
        added, hers = secret_of(billing), as_user(alice)

        answers = [hers.get(where(billing)), make(hers, billing), hers.delete(where(billing, added.credential.pk))]

        assert [answer.json()["permission"] for answer in answers] == list(ALL)

    def test_by_way_of_another_account(self, clerk: APIClient, billing: ServiceAccount) -> None:
        added = secret_of(billing)
        other = machine("other")

        assert clerk.delete(where(other, added.credential.pk)).status_code == 404
        assert clerk.get(where(other)).json()["results"] == []

    def test_but_a_machine_may_renew_its_own_secret(self, billing: ServiceAccount) -> None:
        give(billing, "service_credential:add")
        itself = bearing(buy(secret_of(billing)))

        assert make(itself, billing).status_code == 201


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_that_is_not_there_has_no_secrets(clerk: APIClient, method: str) -> None:
    nowhere = ServiceAccount(pk=uuid4())

    assert getattr(clerk, method)(where(nowhere)).status_code == 404
