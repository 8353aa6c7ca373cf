"""Two web nodes on one PostgreSQL, Redis and RabbitMQ: what one is told, the other obeys with its next request."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import jwt
import pytest

from tests.live import Site

pytestmark = [
    pytest.mark.live,
    pytest.mark.services,
    pytest.mark.timeout(300),
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="two nodes need a database server"),
]
ROUNDS = 50
ADDRESS, PASSWORD = "carol@example.org", "a violin in the rain at night"


@pytest.fixture(scope="module")
def nodes(site: Site) -> Iterator[tuple[Site, Site]]:
    second = Site(room=site.room, PUBLIC_URL=site.url)
    try:
        yield site, second.wait_until_ready()
    finally:
        second.stop()


@pytest.fixture(scope="module", autouse=True)
def carol(site: Site) -> None:
    person = {"email": ADDRESS, "password": PASSWORD, "email_verified": True}
    assert site.call("POST", "/api/v1/users/", person, token=site.admin_token()).status in {201, 409}


def test_a_session_ended_on_one_node_is_dead_on_the_other(nodes: tuple[Site, Site]) -> None:
    one, other = nodes
    signed_in = one.sign_in(ADDRESS, PASSWORD)
    assert other.call("GET", "/api/v1/me/", token=signed_in["access"]).status == 200

    assert one.call("POST", "/api/v1/token/revoke/", {"token": signed_in["refresh"]}).status == 200

    assert other.call("GET", "/api/v1/me/", token=signed_in["access"]).status == 401
    assert other.call("POST", "/api/v1/token/refresh/", {"refresh": signed_in["refresh"]}).status == 401


def test_what_both_remember_of_a_session_ends_with_it(nodes: tuple[Site, Site]) -> None:
    one, other = nodes
    for _ in range(ROUNDS // 5):
        signed_in = one.sign_in(ADDRESS, PASSWORD)
        for node in (one, other, one, other):
            assert _verified(node, signed_in["access"]) == 200

        assert one.call("POST", "/api/v1/token/revoke/", {"token": signed_in["refresh"]}).status == 200

        assert _verified(other, signed_in["access"]) == 401
        assert _verified(one, signed_in["access"]) == 401


def test_a_role_given_and_taken_on_one_node_is_told_by_the_other(nodes: tuple[Site, Site]) -> None:
    one, other = nodes
    admin, signed_in = one.admin_token(), one.sign_in(ADDRESS, PASSWORD)
    one.call("POST", "/api/v1/roles/", {"name": "clerk", "permissions": []}, token=admin)
    carol = _introspected(other, admin, signed_in["access"])["sub"]

    given = one.call("POST", "/api/v1/role-assignments/", {"role": "clerk", "user": carol}, token=admin)
    assert given.status == 201, given
    assert _introspected(other, admin, signed_in["access"])["roles"] == ["clerk"]

    assert one.call("DELETE", f"/api/v1/role-assignments/{given.body['id']}/", token=admin).status == 204
    assert _introspected(other, admin, signed_in["access"])["roles"] == []


def test_an_emergency_on_one_node_is_one_on_the_other(nodes: tuple[Site, Site]) -> None:
    one, other = nodes
    signed_in = other.sign_in(ADDRESS, PASSWORD)
    assert _verified(other, signed_in["access"]) == 200

    answer = one.call("POST", "/api/v1/signing-keys/rotate/", {"emergency": True}, token=one.admin_token())
    assert answer.status == 200, answer

    assert _verified(other, signed_in["access"]) == 401
    assert other.call("GET", "/api/v1/me/", token=signed_in["access"]).status == 401
    assert other.call("POST", "/api/v1/token/refresh/", {"refresh": signed_in["refresh"]}).status == 401
    assert _verified(other, other.sign_in(ADDRESS, PASSWORD)["access"]) == 200


def _verified(node: Site, token: str) -> int:
    return node.call("POST", "/api/v1/token/verify/", {"token": token}).status


def _introspected(node: Site, asker: str, token: str) -> dict[str, Any]:
    answer = node.call("POST", "/api/v1/token/introspect/", {"token": token}, token=asker)
    assert answer.status == 200, answer
    told: dict[str, Any] = answer.body
    return told


def test_eight_parallel_refreshes_have_one_successor_each_round(nodes: tuple[Site, Site]) -> None:
    refresh = nodes[0].sign_in(ADDRESS, PASSWORD)["refresh"]
    for _ in range(ROUNDS):
        successors = _refresh_eight_times(nodes, refresh)

        assert len({counter for counter, _ in successors}) == 1
        refresh = successors[0][1]


def _refresh_eight_times(nodes: tuple[Site, Site], refresh: str) -> list[tuple[str, str]]:
    start = Barrier(8)

    def ask(number: int) -> tuple[str, str]:
        start.wait()
        answer = nodes[number % 2].call("POST", "/api/v1/token/refresh/", {"refresh": refresh})
        assert answer.status == 200, answer
        return _jti_of(answer.body["refresh"]), answer.body["refresh"]

    with ThreadPoolExecutor(8) as crowd:
        return list(crowd.map(ask, range(8)))


def _jti_of(token: str) -> str:
    jti: str = jwt.decode(token, options={"verify_signature": False})["jti"]
    return jti
