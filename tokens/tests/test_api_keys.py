"""API keys: what they open, what they never open, and what ends them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import lifecycle, passwords
from common import secrets
from common.actors import SYSTEM
from conftest import PASSWORD
from events.models import Event
from rbac.tests.factories import give
from tokens.models import ApiKey
from tokens.services import api_keys
from tokens.services.api_keys import MOST, Created
from tokens.tests.clients import bearing, sign_in
from tokens.tests.machines import buy, machine, secret_of

pytestmark = pytest.mark.django_db
KEYS, ME, USERS = "/api/v1/me/api-keys/", "/api/v1/me/", "/api/v1/users/"
FRIDAY = datetime(2040, 1, 6, tzinfo=UTC)


@pytest.fixture
def hers(alice: User) -> APIClient:
    """Alice, signed in. She may look at people."""
    give(alice, "user:view", "user:change")
    return bearing(sign_in(alice)["access"])


def key_of(user: User, *scopes: str, **terms: Any) -> Created:
    wanted = list(scopes) or None
    return api_keys.create(user, name="script", scopes=wanted, **terms, actor=SYSTEM, at=timezone.now())


def make(client: APIClient, **body: Any) -> Any:
    return client.post(KEYS, {"name": "script", **body}, format="json")


class TestAKey:
    def test_is_shown_once_and_stored_as_a_digest(self, hers: APIClient) -> None:
        answer = make(hers, scopes=["user:view"], expires_at="2040-01-06T00:00:00Z")

        said = answer.json()
        assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
        assert said["key"].startswith("idk_")
        assert len(said["key"]) == len("idk_") + 43
        assert (said["name"], said["scopes"], said["expires_at"]) == ("script", ["user:view"], "2040-01-06T00:00:00Z")
        row = ApiKey.objects.values().get(pk=said["id"])
        assert row["digest"] == secrets.digest_of(said["key"])
        assert said["key"] not in hers.get(KEYS).content.decode() + str(list(Event.objects.values())) + str(row)

    def test_opens_what_she_may(self, hers: APIClient) -> None:
        client = bearing(make(hers).json()["key"])

        assert client.get(ME).json()["email"] == "alice@example.org"
        assert client.get(USERS).status_code == 200
        assert client.get("/api/v1/roles/").status_code == 403

    def test_opens_no_more_than_its_scopes(self, hers: APIClient, bob: User) -> None:
        client = bearing(make(hers, scopes=["user:view"]).json()["key"])

        assert client.get(USERS).status_code == 200
        assert client.patch(f"{USERS}{bob.pk}/", {"display_name": "x"}, format="json").status_code == 403

    def test_without_any_scope_shows_her_herself_and_opens_nothing(self, hers: APIClient) -> None:
        client = bearing(make(hers, scopes=[]).json()["key"])

        assert client.get(ME).status_code == 200
        assert client.get(USERS).status_code == 403

    def test_loses_what_she_loses_with_the_next_request(self, hers: APIClient, alice: User) -> None:
        client = bearing(make(hers, scopes=["user:view"]).json()["key"])
        assert client.get(USERS).status_code == 200

        alice.role_assignments.update(ended_at=timezone.now())

        assert client.get(USERS).status_code == 403

    def test_takes_one_statement_and_one_write_a_minute(
        self, alice: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        raw = key_of(alice).value
        with time_machine.travel(FRIDAY, tick=False):
            with django_assert_num_queries(2):
                bearing(raw).get(ME)
            with django_assert_num_queries(1):
                bearing(raw).get(ME)
        with time_machine.travel(FRIDAY + timedelta(minutes=1), tick=False), django_assert_num_queries(2):
            bearing(raw).get(ME)

        assert ApiKey.objects.get().last_used_at == FRIDAY + timedelta(minutes=1)

    def test_is_compared_whole(self, alice: User) -> None:
        raw = key_of(alice).value
        bent = [raw[:-1], raw + "A", raw.swapcase(), raw.removeprefix("idk_"), "ids_" + raw[4:], raw + "\x00", "idk_"]

        assert {bearing(one).get(ME).status_code for one in bent} == {401}
        assert bearing(raw).get(ME).status_code == 200


class TestAKeyIsNoSignIn:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("patch", ME, {"display_name": "x"}),
            ("post", "/api/v1/me/password/", {"current_password": PASSWORD, "password": "unrelated volcano pencil"}),
            ("post", KEYS, {"name": "another"}),
            ("delete", f"{KEYS}00000000-0000-0000-0000-000000000000/", None),
            ("delete", "/api/v1/me/sessions/", None),
        ],
    )
    def test_and_changes_nothing_of_herself(self, alice: User, method: str, path: str, body: Any) -> None:
        client = bearing(key_of(alice).value)

        answer = getattr(client, method)(path, body, format="json")

        assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
        assert ApiKey.objects.count() == 1

    def test_and_makes_no_superusers_unless_it_is_good_for_everything(self, root: User, alice: User) -> None:
        narrow, whole = (bearing(key_of(root, *scopes).value) for scopes in (["user:change"], []))
        ask = {"is_staff": True}

        assert narrow.patch(f"{USERS}{alice.pk}/", ask, format="json").status_code == 403
        assert whole.patch(f"{USERS}{alice.pk}/", ask, format="json").status_code == 200

    def test_and_of_a_superuser_touches_no_other_one(self, root: User, person: Callable[..., User]) -> None:
        other = person("other", is_staff=True, is_superuser=True)
        narrow = bearing(key_of(root, "user:change", "user:view").value)

        answer = narrow.post(f"{USERS}{other.pk}/deactivate/", {}, format="json")

        assert (answer.status_code, answer.json()["permission"]) == (403, "user:change")

    def test_and_hands_out_no_role_beyond_its_scopes(self, root: User, alice: User) -> None:
        role = give(root, "invoice:approve").role
        narrow = bearing(key_of(root, "role_assignment:add").value)

        asked = {"role": role.name, "user": str(alice.pk)}
        answer = narrow.post("/api/v1/role-assignments/", asked, format="json")

        assert (answer.status_code, answer.json()["code"]) == (403, "privilege_escalation")


class TestWhatCannotBeMade:
    @pytest.mark.wide
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"scopes": ["role:view"]}, 403, "privilege_escalation"),
            ({"scopes": ["user:*"]}, 403, "privilege_escalation"),
            ({"scopes": ["*:*"]}, 403, "privilege_escalation"),
            ({"scopes": ["user:view", "role:view"]}, 403, "privilege_escalation"),
            ({"scopes": ["everything"]}, 400, "invalid"),
            ({"scopes": "user:view"}, 400, "invalid"),
            ({"scopes": [1]}, 400, "invalid"),
            ({"scopes": ["user:view"] * 101}, 400, "invalid"),
            ({"scopes": None}, 400, "invalid"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "invalid"),
            ({"name": ""}, 400, "invalid"),
            ({"name": "a\u202eb"}, 400, "invalid"),
            ({"key": "mine"}, 400, "unknown_field"),
        ],
    )
    def test_is_refused(self, hers: APIClient, body: dict[str, Any], status: int, code: str) -> None:
        answer = make(hers, **body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert not ApiKey.objects.exists()

    def test_is_one_too_many(self, alice: User, hers: APIClient) -> None:
        rows = (ApiKey(user=alice, name="x", digest=str(n), hint="", created_at=FRIDAY) for n in range(MOST))
        ApiKey.objects.bulk_create(rows)

        assert make(hers).json()["code"] == "too_many_api_keys"

    def test_is_a_key_of_a_machine(self, db: None) -> None:
        itself = bearing(buy(secret_of(machine("billing", "*:*"))))

        assert [make(itself).json()["code"], itself.get(KEYS).json()["code"]] == ["session_required"] * 2


class TestWhatEndsAKey:
    def test_she_herself(self, hers: APIClient, alice: User) -> None:
        made = make(hers).json()

        assert hers.delete(f"{KEYS}{made['id']}/").status_code == 204

        assert bearing(made["key"]).get(ME).status_code == 401
        assert hers.get(KEYS).json()["results"] == []
        assert hers.delete(f"{KEYS}{made['id']}/").status_code == 404
        fact = Event.objects.get(kind="tokens.api_key.revoked")
        assert (fact.actor_id, fact.data["reason"]) == (alice.pk, "revoked_by_owner")

    def test_nobody_else(self, hers: APIClient, bob: User) -> None:
        his = key_of(bob)

        assert hers.delete(f"{KEYS}{his.key.pk}/").status_code == 404
        assert hers.get(KEYS).json()["results"] == []
        assert bearing(his.value).get(ME).status_code == 200

    def test_the_clock(self, alice: User) -> None:
        raw = key_of(alice, expires_at=FRIDAY).value

        seen = []
        for moment in (FRIDAY - timedelta(seconds=1), FRIDAY):
            with time_machine.travel(moment, tick=False):
                seen.append(bearing(raw).get(ME).status_code)

        assert seen == [200, 401]

    def test_deactivation_while_it_lasts(self, alice: User) -> None:
        raw = key_of(alice).value

        lifecycle.deactivate(alice, actor=SYSTEM, at=timezone.now())
        assert bearing(raw).get(ME).status_code == 401

        lifecycle.reactivate(alice, actor=SYSTEM, at=timezone.now())
        assert bearing(raw).get(ME).status_code == 200

    def test_erasure_for_good(self, alice: User) -> None:
        raw = key_of(alice).value

        lifecycle.erase(alice, actor=SYSTEM, at=timezone.now())

        assert bearing(raw).get(ME).status_code == 401

    def test_not_a_new_password_nor_a_sign_out_everywhere(self, alice: User) -> None:
        raw, now = key_of(alice).value, timezone.now()

        passwords.change(alice, current=PASSWORD, new="unrelated volcano pencil", actor=SYSTEM, at=now)
        lifecycle.sign_out(alice, actor=SYSTEM, at=now)

        assert bearing(raw).get(ME).status_code == 200


def test_of_many_who_revoke_one_key_one_has_done_it(alice: User) -> None:
    key, now = key_of(alice).key, timezone.now()

    done = [api_keys.revoke(key, reason="x", actor=SYSTEM, at=now) for _ in range(2)]

    assert done == [True, False]
    assert Event.objects.filter(kind="tokens.api_key.revoked").count() == 1


def test_a_key_is_the_same_for_the_same_idempotency_key(hers: APIClient) -> None:
    made = [hers.post(KEYS, {"name": "x"}, format="json", headers={"Idempotency-Key": "k"}).json() for _ in range(2)]

    assert made[0] == made[1]
    assert ApiKey.objects.count() == 1
