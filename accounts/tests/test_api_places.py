"""A manager at `/acme` over the API: she looks after people and machines there, and the rest is not there for her."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.errors import MovedMeanwhile
from accounts.models import ServiceAccount, User
from accounts.services import lifecycle, service_accounts
from accounts.tests.factories import person
from common.actors import SYSTEM
from events.models import Event
from rbac.tests.factories import give

pytestmark = [pytest.mark.wide, pytest.mark.django_db]
Account = User | ServiceAccount
USERS, MACHINES = "users", "service-accounts"
BOTH = pytest.mark.parametrize("noun", [USERS, MACHINES])
ALL = ("user:*", "service_account:*", "session:end")
USER_ACTIONS = ["deactivate", "reactivate", "unlock", "sign-out", "send-password-reset"]
ACTIONS = [(USERS, action) for action in USER_ACTIONS] + [(MACHINES, action) for action in USER_ACTIONS[:2]]


@pytest.fixture
def manager(alice: User) -> User:
    """Holds all of it at /acme."""
    give(alice, *ALL, scope="/acme")
    return alice


@pytest.fixture
def hers(manager: User, as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(manager)


def at(noun: str, scope: str, **traits: Any) -> Account:
    if noun == USERS:
        return person(scope=scope, **traits)
    return service_accounts.create(f"machine-{uuid4()}", scope=scope, actor=SYSTEM, at=timezone.now())


def path(noun: str, account: Account | None = None, action: str = "") -> str:
    return f"/api/v1/{noun}/" + (f"{account.pk}/{action}" if account else "") + ("/" if action else "")


def new(noun: str, **said: Any) -> dict[str, Any]:
    return {**({"email": "dora@example.org"} if noun == USERS else {"name": "billing"}), **said}


def ids(answer: Any) -> set[str]:
    return {row["id"] for row in answer.json()["results"]}


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def as_it_is(account: Account) -> Any:
    return type(account).objects.filter(pk=account.pk).values().get()


@BOTH
def test_a_list_shows_what_lies_at_her_places_and_no_other(hers: APIClient, noun: str) -> None:
    inside = {str(at(noun, scope).pk) for scope in ("/acme", "/acme/eu")}
    for scope in ("/", "/globex", "/acme-labs"):
        at(noun, scope)

    assert ids(hers.get(path(noun))) == inside


@BOTH
def test_who_holds_it_at_two_places_sees_both(hers: APIClient, manager: User, noun: str) -> None:
    give(manager, *ALL, scope="/globex/eu")
    inside = {str(at(noun, scope).pk) for scope in ("/acme", "/globex/eu")}
    at(noun, "/globex")

    assert ids(hers.get(path(noun))) == inside


@BOTH
def test_a_list_narrows_to_a_scope_or_to_what_lies_in_it(hers: APIClient, noun: str) -> None:
    acme, berlin = at(noun, "/acme"), at(noun, "/acme/eu/berlin")
    at(noun, "/globex")

    for query, found in {"scope=/acme": {acme}, "within=/acme/eu": {berlin}, "within=/": {acme, berlin}}.items():
        assert ids(hers.get(f"{path(noun)}?{query}")) == {str(one.pk) for one in found}, query
    assert ids(hers.get(f"{path(noun)}?within=/globex")) == ids(hers.get(f"{path(noun)}?scope=/globex")) == set()
    assert told(hers.get(f"{path(noun)}?within=globex/")) == (400, "invalid_parameter")


@pytest.mark.parametrize(
    "query", ["search=globex", "email=boss@globex.example", "is_staff=true", "ordering=created_at"]
)
def test_no_question_about_the_list_tells_of_those_outside(hers: APIClient, query: str) -> None:
    person(email="boss@globex.example", scope="/globex", is_staff=True)

    assert hers.get(f"{path(USERS)}?{query}").json() == {"next": None, "previous": None, "results": []}


@BOTH
def test_pages_of_a_list_stay_within_her_places(hers: APIClient, noun: str) -> None:
    inside = {str(at(noun, scope).pk) for scope in ("/acme", "/globex", "/acme/eu", "/", "/acme") if "acme" in scope}

    first = hers.get(f"{path(noun)}?page_size=2").json()
    second = hers.get(first["next"]).json()

    assert {row["id"] for row in first["results"] + second["results"]} == inside
    assert second["next"] is None


@BOTH
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_lies_elsewhere_is_not_there(hers: APIClient, noun: str, method: str) -> None:
    stranger = at(noun, "/globex")
    before = as_it_is(stranger)
    answer = getattr(hers, method)(path(noun, stranger), {"scope": "/acme"}, format="json", headers={"If-Match": '"9"'})

    nobody = getattr(hers, method)(f"{path(noun)}{uuid4()}/", {"scope": "/acme"}, format="json")
    assert told(answer) == told(nobody) == (404, "not_found")
    assert "ETag" not in answer
    assert as_it_is(stranger) == before


@pytest.mark.parametrize(("noun", "action"), ACTIONS)
def test_nothing_is_done_to_those_elsewhere(hers: APIClient, noun: str, action: str) -> None:
    stranger = at(noun, "/globex")
    before = as_it_is(stranger)

    assert told(hers.post(path(noun, stranger, action))) == (404, "not_found")

    assert as_it_is(stranger) == before
    assert not Event.objects.filter(subject_id=str(stranger.pk)).exclude(kind__endswith="created").exists()


@pytest.mark.parametrize(("noun", "action"), ACTIONS)
def test_whom_she_may_only_look_at_she_is_told_to_leave_alone(
    hers: APIClient, manager: User, noun: str, action: str
) -> None:
    give(manager, "*:view", scope="/globex")
    stranger = at(noun, "/globex")

    assert hers.get(path(noun, stranger)).status_code == 200
    assert told(hers.post(path(noun, stranger, action))) == (403, "permission_denied")


@BOTH
def test_at_her_place_she_does_what_her_role_says(hers: APIClient, noun: str) -> None:
    account = at(noun, "/acme/eu")

    assert hers.get(path(noun, account)).json()["scope"] == "/acme/eu"
    assert hers.post(path(noun, account, "deactivate")).json()["is_active"] is False
    assert hers.delete(path(noun, account)).status_code == 204
    assert not type(account).objects.filter(pk=account.pk).exists()


def test_who_may_do_one_thing_there_without_looking_may_do_that(
    bob: User, as_user: Callable[[User], APIClient]
) -> None:
    give(bob, "user:unlock", scope="/acme")
    inside, outside = person(scope="/acme"), person(scope="/globex")

    assert as_user(bob).post(path(USERS, inside, "unlock")).status_code == 204
    assert as_user(bob).post(path(USERS, outside, "unlock")).status_code == 404
    assert as_user(bob).get(path(USERS)).status_code == 403


@BOTH
@pytest.mark.parametrize("scope", ["/acme", "/acme/eu"])
def test_she_makes_accounts_at_her_place(hers: APIClient, noun: str, scope: str) -> None:
    answer = hers.post(path(noun), new(noun, scope=scope), format="json")

    assert (answer.status_code, answer.json()["scope"]) == (201, scope)
    assert Event.objects.get(kind__startswith="accounts.", kind__endswith=".created").subject_id == answer.json()["id"]


@BOTH
@pytest.mark.parametrize("scope", ["/", "/globex", "/acme-labs"])
def test_she_makes_none_elsewhere(hers: APIClient, manager: User, noun: str, scope: str) -> None:
    give(manager, "*:view", scope="/globex")
    answer = hers.post(path(noun), new(noun, scope=scope), format="json")

    assert told(answer) == (403, "permission_denied")
    assert not User.objects.filter(email="dora@example.org").exists()
    assert not ServiceAccount.objects.exists()


@BOTH
def test_without_a_scope_a_new_account_is_at_her_one_place(hers: APIClient, noun: str) -> None:
    assert hers.post(path(noun), new(noun), format="json").json()["scope"] == "/acme"


@BOTH
def test_without_a_scope_who_has_two_places_would_make_it_everywhere(hers: APIClient, manager: User, noun: str) -> None:
    give(manager, *ALL, scope="/globex")

    assert told(hers.post(path(noun), new(noun), format="json")) == (403, "permission_denied")


@BOTH
def test_who_may_everywhere_makes_accounts_at_the_root(
    root: User, as_user: Callable[[User], APIClient], noun: str
) -> None:
    assert as_user(root).post(path(noun), new(noun), format="json").json()["scope"] == "/"


@BOTH
@pytest.mark.parametrize(
    "scope", ["acme", "/acme/", "/ACME", "/acme/..", "/acme\0", "", None, 7, ["/acme"], {}, "/a" * 300]
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_what_is_no_scope_is_refused(hers: APIClient, noun: str, scope: Any, method: str) -> None:
    where = path(noun, at(noun, "/acme")) if method == "patch" else path(noun)

    answer = getattr(hers, method)(
        where, new(noun, scope=scope) if method == "post" else {"scope": scope}, format="json"
    )

    assert answer.status_code == 400
    assert not type(at(noun, "/acme")).objects.exclude(scope__in=["/", "/acme"]).exists()


@BOTH
def test_moving_takes_the_permission_at_both_places(hers: APIClient, manager: User, noun: str) -> None:
    account = at(noun, "/acme")
    assert told(hers.patch(path(noun, account), {"scope": "/globex"}, format="json")) == (403, "permission_denied")
    assert told(hers.patch(path(noun, account), {"scope": "/"}, format="json")) == (403, "permission_denied")

    give(manager, *ALL, scope="/globex")

    assert hers.patch(path(noun, account), {"scope": "/globex"}, format="json").json()["scope"] == "/globex"
    moved = Event.objects.get(kind__endswith=".moved")
    assert (moved.subject_id, moved.data) == (str(account.pk), {"left": "/acme", "scope": "/globex"})


@BOTH
def test_nobody_is_drawn_in_from_where_one_may_only_look(hers: APIClient, manager: User, noun: str) -> None:
    give(manager, "*:view", scope="/globex")
    stranger = at(noun, "/globex")

    assert told(hers.patch(path(noun, stranger), {"scope": "/acme"}, format="json")) == (403, "permission_denied")
    assert as_it_is(stranger)["scope"] == "/globex"


@BOTH
def test_to_name_the_scope_that_it_has_moves_nothing(hers: APIClient, noun: str) -> None:
    account = at(noun, "/acme")

    assert hers.patch(path(noun, account), {"scope": "/acme"}, format="json")["ETag"] == '"1"'
    assert not Event.objects.filter(kind__endswith=".moved").exists()


@BOTH
def test_who_was_moved_meanwhile_is_not_moved_from_where_she_was_seen(noun: str) -> None:
    service: Any = lifecycle if noun == USERS else service_accounts
    seen = at(noun, "/acme")
    type(seen).objects.filter(pk=seen.pk).update(scope="/globex")

    with pytest.raises(MovedMeanwhile):
        service.update(seen, changes={"scope": "/acme/eu"}, actor=SYSTEM, at=timezone.now())

    assert as_it_is(seen)["scope"] == "/globex"


def test_nobody_moves_herself(hers: APIClient, manager: User) -> None:
    answer = hers.patch("/api/v1/me/", {"scope": "/acme"}, format="json")

    assert answer.json()["errors"][0]["code"] == "unknown_field"
    assert as_it_is(manager)["scope"] == "/"


@BOTH
def test_who_holds_more_elsewhere_is_seen_and_left_alone(hers: APIClient, noun: str) -> None:
    boss = at(noun, "/acme")
    give(boss, "role:change")

    assert hers.get(path(noun, boss)).status_code == 200
    for method, said in [("patch", {"scope": "/acme/eu"}), ("delete", {})]:
        assert told(getattr(hers, method)(path(noun, boss), said, format="json")) == (403, "permission_denied")
    assert told(hers.post(path(noun, boss, "deactivate"))) == (403, "permission_denied")


@BOTH
def test_what_she_made_is_not_told_again_to_whom_the_place_was_taken_from(
    hers: APIClient, manager: User, noun: str
) -> None:
    give(manager, *ALL, scope="/globex")
    once = {"Idempotency-Key": "k"}
    assert hers.post(path(noun), new(noun, scope="/acme"), format="json", headers=once).status_code == 201

    manager.role_assignments.filter(scope="/acme").update(ended_at=timezone.now())

    assert told(hers.post(path(noun), new(noun, scope="/acme"), format="json", headers=once))[0] == 403


@BOTH
@pytest.mark.parametrize("rows", [1, 30])
def test_a_narrowed_list_costs_two_statements_at_any_length(
    hers: APIClient, django_assert_num_queries: DjangoAssertNumQueries, noun: str, rows: int
) -> None:
    for _ in range(rows):
        at(noun, "/acme")
    hers.get(path(noun))  # compiles the roles, once in each process

    with django_assert_num_queries(2):
        hers.get(path(noun))
