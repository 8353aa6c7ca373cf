"""A manager at `/acme`: whose sessions and secrets she sees and ends, over the API."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from accounts.tests.factories import person
from common.actors import SYSTEM
from rbac.services import assignments
from rbac.tests.factories import actor, give
from tokens.models import ServiceCredential, Session
from tokens.services import api_keys, credentials, ending, sessions
from tokens.services.credentials import Added
from tokens.services.ending import Tally
from tokens.tests.clients import bearing, sign_in
from tokens.tests.machines import buy, machine, secret_of

pytestmark = pytest.mark.django_db
SESSIONS, END = "/api/v1/sessions/", "/api/v1/sessions/end/"


@pytest.fixture
def manager(alice: User) -> User:
    """Holds all of it at /acme."""
    give(alice, "session:*", "service_account:*", "service_credential:*", scope="/acme")
    return alice


@pytest.fixture
def hers(manager: User, as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(manager)


def signed_in(scope: str, **traits: Any) -> Session:
    session = sessions.start(person(scope=scope, **traits), amr=["pwd"], actor=SYSTEM, at=timezone.now())
    return Session.objects.select_related("user").get(pk=session.pk)


def secret_at(scope: str) -> ServiceCredential:
    at = timezone.now()
    account = service_accounts.create(f"machine-{uuid4()}", scope=scope, actor=SYSTEM, at=at)
    added = credentials.add(account, actor=SYSTEM, at=at)
    assert isinstance(added, Added)
    return added.credential


def secrets_of(account: ServiceAccount, *more: object) -> str:
    return "/".join(["/api/v1/service-accounts", str(account.pk), "credentials", *map(str, more), ""])


def ids(answer: Any) -> set[str]:
    return {row["id"] for row in answer.json()["results"]}


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def lives(session: Session) -> bool:
    return Session.objects.alive(at=timezone.now()).filter(pk=session.pk).exists()


@pytest.mark.parametrize("query", ["", "?client_id=first-party", "?search=first-party"])
def test_the_list_shows_sessions_of_those_at_her_place(hers: APIClient, query: str) -> None:
    inside = {str(signed_in(scope).pk) for scope in ("/acme", "/acme/eu")}
    for scope in ("/", "/globex", "/acme2"):
        signed_in(scope)

    assert ids(hers.get(SESSIONS + query)) == inside


@pytest.mark.parametrize(
    "query", ["user={0.user_id}", "email={0.user.email}", "search={0.pk}", "search={0.user.email}"]
)
def test_no_filter_and_no_search_finds_sessions_elsewhere(hers: APIClient, query: str) -> None:
    stranger = signed_in("/globex")

    assert hers.get(f"{SESSIONS}?{query.format(stranger)}").json()["results"] == []


def test_one_session_is_ended_at_her_place_and_not_there_elsewhere(hers: APIClient) -> None:
    inside, outside = signed_in("/acme/eu"), signed_in("/globex")

    assert hers.delete(f"{SESSIONS}{inside.pk}/").status_code == 204
    assert told(hers.delete(f"{SESSIONS}{outside.pk}/")) == (404, "not_found")
    assert (lives(inside), lives(outside)) == (False, True)


def test_sessions_that_she_may_only_see_she_is_told_to_leave_alone(hers: APIClient, manager: User) -> None:
    give(manager, "session:view", scope="/globex")
    stranger = signed_in("/globex")

    assert told(hers.delete(f"{SESSIONS}{stranger.pk}/")) == (403, "permission_denied")
    assert lives(stranger)


def test_all_that_match_end_at_her_place_and_nobody_counts_the_others(hers: APIClient) -> None:
    inside, outside = signed_in("/acme"), signed_in("/globex")

    answer = hers.post(END, {"client_id": "first-party"}, format="json")

    assert answer.json() == {"ended": 1, "skipped": 0, "more": False}
    assert (lives(inside), lives(outside)) == (False, True)


@pytest.mark.parametrize("by", ["ids", "user"])
def test_sessions_elsewhere_that_are_named_live_on(hers: APIClient, by: str) -> None:
    outside = signed_in("/globex")
    wanted = {"ids": [str(outside.pk)]} if by == "ids" else {"user": str(outside.user_id)}

    assert hers.post(END, wanted, format="json").json() == {"ended": 0, "skipped": 0, "more": False}
    assert lives(outside)


def test_who_holds_more_elsewhere_is_left_signed_in(hers: APIClient) -> None:
    boss = signed_in("/acme")
    give(boss.user, "role:change")

    assert told(hers.delete(f"{SESSIONS}{boss.pk}/")) == (403, "permission_denied")
    assert hers.post(END, {"user": str(boss.user_id)}, format="json").json()["skipped"] == 1
    assert lives(boss)


def test_who_may_end_none_anywhere_ends_none(alice: User) -> None:
    session = signed_in("/acme")

    tally = ending.end_living(Session.objects.all(), reason="x", actor=actor(alice), at=timezone.now())

    assert tally == Tally()
    assert lives(session)


def test_secrets_of_machines_at_her_place_are_made_listed_and_revoked(hers: APIClient) -> None:
    secret = secret_at("/acme/eu")
    made = hers.post(secrets_of(secret.service_account), {}, format="json")

    assert made.status_code == 201
    assert ids(hers.get(secrets_of(secret.service_account))) == {str(secret.pk), made.json()["id"]}
    assert hers.delete(secrets_of(secret.service_account, secret.pk)).status_code == 204


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_machines_elsewhere_have_no_secrets_for_her(hers: APIClient, method: str) -> None:
    secret = secret_at("/globex")
    where = secrets_of(secret.service_account, *([secret.pk] if method == "delete" else []))

    assert told(getattr(hers, method)(where, {}, format="json")) == (404, "not_found")
    assert ServiceCredential.objects.open().get() == secret


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_machines_that_she_may_only_see_keep_their_secrets(hers: APIClient, manager: User, method: str) -> None:
    give(manager, "service_account:view", scope="/globex")
    secret = secret_at("/globex")
    where = secrets_of(secret.service_account, *([secret.pk] if method == "delete" else []))

    assert told(getattr(hers, method)(where, {}, format="json")) == (403, "permission_denied")


def test_a_secret_is_not_shown_again_to_whom_the_place_was_taken_from(hers: APIClient, manager: User) -> None:
    give(manager, "service_credential:*", scope="/globex")
    where, once = secrets_of(secret_at("/acme").service_account), {"Idempotency-Key": "k"}
    assert "client_secret" in hers.post(where, {}, format="json", headers=once).json()

    manager.role_assignments.filter(scope="/acme").update(ended_at=timezone.now())

    assert told(hers.post(where, {}, format="json", headers=once)) == (404, "not_found")


def by_token(user: User) -> str:
    return str(sign_in(user)["access"])


def by_key(user: User) -> str:
    return api_keys.create(user, name="key", actor=actor(user), at=timezone.now()).value


@pytest.mark.parametrize("proof", [by_token, by_key])
def test_whatever_she_comes_with_opens_her_place_and_no_other(alice: User, proof: Callable[[User], str]) -> None:
    give(alice, "user:*", scope="/acme")
    inside, outside = person(scope="/acme"), person(scope="/globex")
    client = bearing(proof(alice))

    assert ids(client.get("/api/v1/users/")) == {str(inside.pk)}
    assert client.post(f"/api/v1/users/{inside.pk}/deactivate/").status_code == 200
    assert client.post(f"/api/v1/users/{outside.pk}/deactivate/").status_code == 404


def test_a_machine_looks_after_its_place_and_no_other() -> None:
    account = machine()
    give(account, "user:*", scope="/acme")
    inside, outside = person(scope="/acme"), person(scope="/globex")
    client = bearing(buy(secret_of(account)))

    assert ids(client.get("/api/v1/users/")) == {str(inside.pk)}
    assert client.get(f"/api/v1/users/{outside.pk}/").status_code == 404


def test_the_place_is_closed_with_the_next_request(alice: User) -> None:
    given = give(alice, "user:*", scope="/acme")
    inside, client = person(scope="/acme"), bearing(by_token(alice))
    assert client.get(f"/api/v1/users/{inside.pk}/").status_code == 200

    assignments.end(given, actor=SYSTEM, at=timezone.now())

    assert told(client.get(f"/api/v1/users/{inside.pk}/")) == (403, "permission_denied")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_narrowed_list_costs_two_statements_at_any_length(
    hers: APIClient, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        signed_in("/acme")
    hers.get(SESSIONS)  # compiles the roles, once in each process

    with django_assert_num_queries(2):
        hers.get(SESSIONS)
