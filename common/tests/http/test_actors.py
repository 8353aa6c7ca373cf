from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from common.actors import ActorKind
from common.http.actors import actor_of, client_address

PROXIES = ["10.0.0.0/8", "2001:db8::/32"]


def address(peer: str, forwarded: str | None = None) -> str | None:
    extra = {"REMOTE_ADDR": peer} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    return client_address(RequestFactory().get("/", **extra))  # type: ignore[arg-type]  # extra holds only headers


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7 , 10.9.9.9,10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "[2a00::7]:4711", "2a00::7"),
        ("10.0.0.1", "2A00:0::7", "2a00::7"),
        ("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("10.0.0.1", "1.1.1.1, junk", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, junk, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.7,", "10.0.0.1"),
        ("10.0.0.1", "0x7f.1", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.007", "10.0.0.1"),
        ("", None, None),
        ("unix:", "203.0.113.7", None),
    ],
)
def test_the_address_is_as_far_as_our_proxies_vouch(
    settings: Any, peer: str, forwarded: str | None, found: str | None
) -> None:
    settings.TRUSTED_PROXIES = PROXIES

    assert address(peer, forwarded) == found


@given(st.text())
def test_junk_never_buys_a_fresh_address(junk: str) -> None:
    assert address("203.0.113.7", junk) == "203.0.113.7"


def test_a_view_knows_who_asks(signed_in: Callable[..., APIClient]) -> None:
    said = signed_in(pk=7).get("/api/v1/echo/", headers={"X-Request-ID": "abc"}).json()

    assert said == {"kind": "user", "id": str(UUID(int=7)), "ip": "127.0.0.1", "request_id": "abc"}


def request_of(user: object = None, auth: object = None, **headers: str) -> Any:
    request: Any = RequestFactory().get("/", headers=headers)
    request.user, request.auth, request.request_id = user, auth, "abc"
    return request


def test_the_actor_is_who_asks_from_where_in_which_request() -> None:
    user = SimpleNamespace(pk=UUID(int=7), is_authenticated=True, email="a@example.org")
    proof = SimpleNamespace(session_id=UUID(int=9))

    actor = actor_of(request_of(user, proof, **{"User-Agent": "curl/8"}))

    assert (actor.kind, actor.id, actor.label) == (ActorKind.USER, UUID(int=7), str(UUID(int=7)))
    assert (actor.ip, actor.user_agent, actor.request_id, actor.session_id) == (
        "127.0.0.1",
        "curl/8",
        "abc",
        UUID(int=9),
    )


def test_a_stranger_is_anonymous() -> None:
    for user in (None, SimpleNamespace(pk=None, is_authenticated=False)):
        actor = actor_of(request_of(user))
        assert (actor.kind, actor.id, actor.label, actor.session_id) == (ActorKind.ANONYMOUS, None, "", None)


def test_a_service_account_says_what_it_is() -> None:
    machine = SimpleNamespace(pk=UUID(int=7), is_authenticated=True, actor_kind=ActorKind.SERVICE_ACCOUNT)

    assert actor_of(request_of(machine)).kind is ActorKind.SERVICE_ACCOUNT


def test_a_user_agent_is_one_short_printable_line() -> None:
    actor = actor_of(request_of(**{"User-Agent": "a\x1b[31m\r\n" + "x" * 1000}))

    assert actor.user_agent.startswith("a?[31m??x")
    assert len(actor.user_agent) == 300


def test_a_request_that_met_no_middleware_has_no_id() -> None:
    assert actor_of(RequestFactory().get("/")).request_id == ""
