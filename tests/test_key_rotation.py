"""Keys are rotated under load: nobody's token is refused, until an emergency refuses them all (security X44)."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from tests.live import Answer, Site, eventually

pytestmark = [
    pytest.mark.live,
    pytest.mark.services,
    pytest.mark.timeout(300),
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="the load needs a database server"),
]
CLIENTS, MOST_ROUNDS = 4, 20_000
ADDRESS, PASSWORD = "dora@example.org", "a tram in the fog at six"
ROTATE = "/api/v1/signing-keys/rotate/"


@pytest.fixture(scope="module")
def busy() -> Iterator[Site]:
    """A server whose keys may be cached for a second, so that the next one has to wait for eleven."""
    running = Site(JWKS_CACHE="1s", API_RATE_LIMIT="1000000/min", SIGN_IN_ACCOUNT_LIMIT="100")
    try:
        yield running.wait_until_ready()
    finally:
        running.stop()


@pytest.fixture
def admin(busy: Site) -> str:
    """A token for each test, since an emergency ends that of the one before."""
    token = busy.admin_token()
    person = {"email": ADDRESS, "password": PASSWORD, "email_verified": True}
    assert busy.call("POST", "/api/v1/users/", person, token=token).status in {201, 409}
    return token


class Crowd:
    """Clients that check and refresh their tokens without a pause, each in its own session, until they are told to stop."""

    def __init__(self, site: Site) -> None:
        self.site, self.over = site, Event()
        self.refused: list[Answer] = []
        self.rounds = 0
        self.threads = ThreadPoolExecutor(CLIENTS)
        self.work: list[Future[None]] = [self.threads.submit(self._live) for _ in range(CLIENTS)]

    def _live(self) -> None:
        pair = self.site.sign_in(ADDRESS, PASSWORD)
        for _ in range(MOST_ROUNDS):
            if self.over.is_set() or self.refused:
                return
            self._ask("verify", {"token": pair["access"]})
            pair = self._ask("refresh", {"refresh": pair["refresh"]}) or pair
            self.rounds += 1

    def _ask(self, what: str, body: dict[str, str]) -> Any:
        answer = self.site.call("POST", f"/api/v1/token/{what}/", body)
        if answer.status != 200:
            self.refused.append(answer)
        return answer.body if answer.status == 200 else None

    def stop(self) -> None:
        self.over.set()
        for each in self.work:
            each.result(timeout=60)
        self.threads.shutdown()


def rotated(site: Site, token: str, **body: Any) -> dict[str, Any]:
    answer = site.call("POST", ROTATE, body, token=token)
    assert answer.status == 200, answer
    (key,) = answer.body["keys"]
    found: dict[str, Any] = key
    return found


def hand_over(site: Site, token: str) -> str:
    """Publishes the next key and asks on until it signs, as an operator without beat would."""

    def signing() -> str | None:
        key = rotated(site, token)
        return key["kid"] if key["state"] == "active" else None

    assert rotated(site, token)["state"] == "pending"
    return eventually(signing, within=60)


def test_nobody_notices_two_rotations(busy: Site, admin: str) -> None:
    crowd = Crowd(busy)
    try:
        kids = [hand_over(busy, admin) for _ in range(2)]
        seen = crowd.rounds
        eventually(lambda: crowd.rounds > seen + 10 * CLIENTS or crowd.refused)
    finally:
        crowd.stop()

    assert crowd.refused == []
    assert len(set(kids)) == 2
    published = {key["kid"]: key for key in busy.call("GET", "/.well-known/jwks.json").body["keys"]}
    assert set(kids) <= set(published)
    assert len(published) == 3


def test_after_an_emergency_the_old_tokens_are_dead(busy: Site, admin: str) -> None:
    pair = busy.sign_in(ADDRESS, PASSWORD)

    new = rotated(busy, admin, emergency=True)

    eventually(lambda: busy.call("POST", "/api/v1/token/verify/", {"token": pair["access"]}).status == 401, within=10)
    assert busy.call("POST", "/api/v1/token/refresh/", {"refresh": pair["refresh"]}).status == 401
    assert [key["kid"] for key in busy.call("GET", "/.well-known/jwks.json").body["keys"]] == [new["kid"]]
    assert (
        busy.call("POST", "/api/v1/token/verify/", {"token": busy.sign_in(ADDRESS, PASSWORD)["access"]}).status == 200
    )
