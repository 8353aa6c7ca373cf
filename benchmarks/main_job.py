"""`make bench`: what the routes of the main job cost, each beside what it cannot be faster than.

Starts a server of its own, asks each route for a few seconds over kept-alive connections, and prints requests a second, the
median and the 99th percentile in milliseconds, and the ratio to the base of its row. Rounds alternate, so that a slow moment of the
machine meets all rows alike.
"""

import http
import http.client
import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from argon2 import PasswordHasher

from tests.live import Site

CLIENTS = 4
ROUNDS = 3
SECONDS = 3.0
EMAIL, PASSWORD = "bench@example.org", "a lighthouse made of driftwood"
Step = Callable[[], object]


class Client:
    """One kept-alive connection."""

    def __init__(self, site: Site) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)

    def call(self, method: str, path: str, body: object = None, token: str = "") -> dict[str, str]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
        parsed: dict[str, str] = json.loads(content) if content.startswith(b"{") else {}
        return parsed


class Visitor:
    """Somebody signed in, doing one thing again and again."""

    def __init__(self, site: Site) -> None:
        self.client = Client(site)
        self.sign_in()

    def sign_in(self) -> None:
        tokens = self.client.call("POST", "/api/v1/token/", {"email": EMAIL, "password": PASSWORD})
        self.access, self.refresh_token = tokens["access"], tokens["refresh"]

    def refresh(self) -> None:
        tokens = self.client.call("POST", "/api/v1/token/refresh/", {"refresh": self.refresh_token})
        self.refresh_token = tokens["refresh"]

    def me(self) -> None:
        self.client.call("GET", "/api/v1/me/", token=self.access)

    def verify(self) -> None:
        self.client.call("POST", "/api/v1/token/verify/", {"token": self.access})

    def health(self) -> None:
        self.client.call("GET", "/healthz")

    def hash(self) -> None:
        HASHER.verify(HASHED, PASSWORD)


HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
HASHED = HASHER.hash(PASSWORD)


@dataclass
class Row:
    name: str
    base: str
    step: Callable[[Visitor], None]
    rates: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)


ROWS = [
    Row("healthz", "healthz", Visitor.health),
    Row("me", "healthz", Visitor.me),
    Row("token/verify", "me", Visitor.verify),
    Row("token/refresh", "me", Visitor.refresh),
    Row("argon2 verify", "argon2 verify", Visitor.hash),
    Row("token (sign-in)", "argon2 verify", Visitor.sign_in),
]


def repeat(step: Step) -> list[float]:
    taken, deadline = [], time.perf_counter() + SECONDS
    while (began := time.perf_counter()) < deadline:
        step()
        taken.append(time.perf_counter() - began)
    return taken


def measure(row: Row, visitors: list[Visitor]) -> None:
    began = time.perf_counter()
    with ThreadPoolExecutor(len(visitors)) as crowd:
        found = list(crowd.map(lambda visitor: repeat(lambda: row.step(visitor)), visitors))
    row.taken += [one for taken in found for one in taken]
    row.rates.append(sum(map(len, found)) / (time.perf_counter() - began))


def report() -> None:
    rates = {row.name: statistics.median(row.rates) for row in ROWS}
    print(f"{'':18}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}   ratio")
    for row in ROWS:
        taken = sorted(row.taken)
        middle, late = (1000 * taken[int(share * (len(taken) - 1))] for share in (0.5, 0.99))
        ratio = rates[row.name] / rates[row.base]
        print(f"{row.name:18}{rates[row.name]:9.0f}{middle:9.1f}{late:9.1f}   {ratio:.2f} x {row.base}")


def main() -> None:
    site = Site(API_RATE_LIMIT="10000000/min", SIGN_IN_ADDRESS_LIMIT="100000", SIGN_IN_ACCOUNT_LIMIT="100")
    try:
        site.wait_until_ready()
        person = {"email": EMAIL, "password": PASSWORD, "email_verified": True}
        site.call("POST", "/api/v1/users/", person, token=site.admin_token())
        visitors = [Visitor(site) for _ in range(CLIENTS)]
        for _ in range(ROUNDS):
            for row in ROWS:
                measure(row, visitors)
        report()
    finally:
        site.stop()


if __name__ == "__main__":
    main()
