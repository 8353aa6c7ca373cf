"""Revocation is immediate: whatever ends somebody's proof, the next request at every door sees it, and the feed tells it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from tokens.tests.clients import allow, bearing, post, sign_in
from tokens.tests.machines import ask as ask_for_token
from tokens.tests.machines import basic, buy, machine, secret_of

pytestmark = pytest.mark.django_db
Pair = dict[str, Any]
API = "/api/v1"


class Scene(NamedTuple):
    """Alice is signed in, and somebody may do everything."""

    alice: User
    pair: Pair
    chief: APIClient


class Shown(NamedTuple):
    """What is shown at a door, and a service that may ask about it."""

    pair: Pair
    gateway: APIClient


Cause = Callable[[Scene], Any]
Door = Callable[[Shown], bool]


def _reuse(scene: Scene) -> Any:
    first = {"refresh": scene.pair["refresh"]}
    second = post("token/refresh/", first).json()
    post("token/refresh/", {"refresh": second["refresh"]})
    return post("token/refresh/", first)


def _new_password(scene: Scene) -> Any:
    wish = {"current_password": PASSWORD, "password": "seven lamps behind the harbour"}
    return _elsewhere(scene).post(f"{API}/me/password/", wish, format="json")


def _elsewhere(scene: Scene) -> APIClient:
    """She has signed in on another device, too."""
    return bearing(sign_in(scene.alice)["access"])


CAUSES: dict[str, Cause] = {
    "she gives her access token back": lambda it: post("token/revoke/", {"token": it.pair["access"]}),
    "she gives her refresh token back": lambda it: post("token/revoke/", {"token": it.pair["refresh"]}),
    "she ends it": lambda it: _elsewhere(it).delete(f"{API}/me/sessions/{it.pair['session_id']}/"),
    "she ends all others": lambda it: _elsewhere(it).delete(f"{API}/me/sessions/"),
    "she changes her password": _new_password,
    "her refresh token is used twice": _reuse,
    "staff ends it": lambda it: it.chief.delete(f"{API}/sessions/{it.pair['session_id']}/"),
    "staff ends many": lambda it: it.chief.post(f"{API}/sessions/end/", {"user": str(it.alice.pk)}, format="json"),
    "staff signs her out": lambda it: it.chief.post(f"{API}/users/{it.alice.pk}/sign-out/"),
    "staff shuts her account": lambda it: it.chief.post(f"{API}/users/{it.alice.pk}/deactivate/"),
    "staff erases her": lambda it: it.chief.delete(f"{API}/users/{it.alice.pk}/"),
    "all keys go": lambda it: it.chief.post(f"{API}/signing-keys/rotate/", {"emergency": True}, format="json"),
}


def _is_active(it: Shown) -> bool:
    told = it.gateway.post(f"{API}/token/introspect/", {"token": it.pair["access"]}, format="json").json()
    return bool(told != {"active": False})


DOORS: dict[str, Door] = {
    "me": lambda it: bearing(it.pair["access"]).get(f"{API}/me/").status_code != 401,
    "verify, access": lambda it: post("token/verify/", {"token": it.pair["access"]}).status_code != 401,
    "verify, refresh": lambda it: post("token/verify/", {"token": it.pair["refresh"]}).status_code != 401,
    "introspection": _is_active,
    "refresh": lambda it: post("token/refresh/", {"refresh": it.pair["refresh"]}).status_code != 401,
}


def open_doors(pair: Pair) -> list[str]:
    """Asked by a service that signs in anew, since an emergency ends its own token too."""
    shown = Shown(pair, bearing(buy(secret_of(machine("gateway", "token:introspect")))))
    return [name for name, opens in DOORS.items() if opens(shown)]


@pytest.fixture
def pair(alice: User) -> Pair:
    return sign_in(alice)


@pytest.fixture
def chief(root: User) -> APIClient:
    return bearing(sign_in(root)["access"])


@pytest.fixture
def scene(alice: User, pair: Pair, chief: APIClient) -> Scene:
    return Scene(alice, pair, chief)


def test_before_anything_has_happened_all_doors_are_open(pair: Pair) -> None:
    assert open_doors(pair) == list(DOORS)


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_the_next_request_at_every_door_sees_it(cause: Cause, scene: Scene) -> None:
    assert cause(scene).status_code < 500

    assert open_doors(scene.pair) == []


@pytest.mark.wide
@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_the_feed_tells_it(cause: Cause, scene: Scene) -> None:
    cause(scene)

    follower = bearing(buy(secret_of(machine("follower", "revocation:view"))))
    told = follower.get(f"{API}/revocations/").json()["results"]
    named = {each.get("sid") or each["type"] for each in told}
    assert {scene.pair["session_id"], "signing_key"} & named


@pytest.mark.parametrize("end", ["credential", "account", "role"])
def test_what_ends_at_a_machine_ends_with_its_next_request(end: str, chief: APIClient) -> None:
    account = machine("billing", "user:view")
    added = secret_of(account)
    bearer = bearing(buy(added))
    assert bearer.get(f"{API}/users/").status_code == 200

    given = account.role_assignments.get()
    ways = {
        "credential": (f"{API}/service-accounts/{account.pk}/credentials/{added.credential.pk}/", 401),
        "account": (f"{API}/service-accounts/{account.pk}/", 401),
        "role": (f"{API}/role-assignments/{given.pk}/", 403),
    }
    path, refused = ways[end]
    assert chief.delete(path).status_code == 204

    assert bearer.get(f"{API}/users/").status_code == refused


def test_a_secret_is_changed_without_a_gap(chief: APIClient) -> None:
    account = machine("billing", "user:view")
    old, new = secret_of(account), secret_of(account)
    living = bearing(buy(new))

    chief.delete(f"{API}/service-accounts/{account.pk}/credentials/{old.credential.pk}/")

    assert living.get(f"{API}/users/").status_code == 200
    refused = ask_for_token({"grant_type": "client_credentials"}, authorization=basic(account.pk, old.client_secret))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_a_role_that_she_loses_is_lost_to_her_keys(alice: User, chief: APIClient) -> None:
    allow(alice, "user:view")
    made = bearing(sign_in(alice)["access"]).post(f"{API}/me/api-keys/", {"name": "script"}, format="json").json()
    key = bearing(made["key"])
    assert key.get(f"{API}/users/").status_code == 200

    chief.delete(f"{API}/role-assignments/{alice.role_assignments.get().pk}/")

    assert (key.get(f"{API}/users/").status_code, key.get(f"{API}/me/").status_code) == (403, 200)


@pytest.mark.parametrize(("action", "then"), [("deactivate", 401), ("sign-out", 200)])
def test_a_key_rests_with_the_account_and_outlives_a_sign_out(
    action: str, then: int, alice: User, chief: APIClient
) -> None:
    made = bearing(sign_in(alice)["access"]).post(f"{API}/me/api-keys/", {"name": "script"}, format="json").json()

    chief.post(f"{API}/users/{alice.pk}/{action}/")

    assert bearing(made["key"]).get(f"{API}/me/").status_code == then
