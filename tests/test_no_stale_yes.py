"""No stale yes: what is taken on one node is refused by the other from the answer on, whatever becomes of Redis meanwhile."""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from tests.live import Site, send
from tests.redis_faults import FAULTS, Take, state
from tests.watching import ENOUGH, Watch
from tokens.tests.redis_server import PROGRAM, RedisServer

pytestmark = [
    pytest.mark.live,
    pytest.mark.services,
    pytest.mark.timeout(300),
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="two nodes need a database server"),
    pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here"),
]
ADDRESS, PASSWORD = "carol@example.org", "a violin in the rain at night"
RESOURCE = {"type": "invoice", "id": "1", "properties": {"scope": "/acme/eu"}}
_numbers = itertools.count()


class Taking(NamedTuple):
    """The request that takes from Carol what she may."""

    method: str
    path: str
    body: object = None


class Desk:
    """Carol, whom an administrator gives and takes on node one; node two is asked about her, by her and by him."""

    def __init__(self, one: Site, other: Site) -> None:
        self.one, self.other, self.admin = one, other, one.admin_token()
        self.carol = self.made("users", email=ADDRESS, password=PASSWORD, email_verified=True)
        self.made("permissions", name="invoice:pay")
        self.carols = one.sign_in(ADDRESS, PASSWORD)["access"]

    def made(self, kind: str, **body: object) -> str:
        answer = self.one.call("POST", f"/api/v1/{kind}/", body, token=self.admin)
        assert answer.status == 201, answer
        identity: str = answer.body["id"]
        return identity

    def role(self, **traits: object) -> tuple[str, str]:
        """Its name and its id."""
        name = f"role-{next(_numbers)}"
        return name, self.made("roles", name=name, **traits)

    def give(self, role: str, **terms: object) -> str:
        return self.made("role-assignments", role=role, scope="/acme", **({"user": self.carol} | terms))

    def take(self, taking: Taking) -> float:
        """At what time the 2xx was there."""
        answer = self.one.call(taking.method, f"/api/v1/{taking.path}/", taking.body, token=self.admin)
        assert answer.status < 300, answer
        return time.time()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        question = {
            "subject": {"type": "user", "id": self.carol},
            "action": {"name": "pay"},
            "resource": RESOURCE,
        }
        with Watch(self.other.port, question, [self.admin, self.carols]).open() as watch:
            yield watch


def an_assignment(desk: Desk) -> Taking:
    role, _ = desk.role(permissions=["invoice:pay"])
    return Taking("DELETE", f"role-assignments/{desk.give(role)}")


def a_permission_of_her_role(desk: Desk) -> Taking:
    role, identity = desk.role(permissions=["invoice:*"])
    desk.give(role)
    return Taking("PATCH", f"roles/{identity}", {"permissions": []})


def an_inheritance(desk: Desk) -> Taking:
    junior, _ = desk.role(permissions=["invoice:pay"])
    senior, identity = desk.role(permissions=[], inherits=[junior])
    desk.give(senior)
    return Taking("PATCH", f"roles/{identity}", {"inherits": []})


def her_membership(desk: Desk) -> Taking:
    role, _ = desk.role(permissions=["invoice:pay"])
    group = desk.made("groups", name=f"group-{next(_numbers)}")
    desk.made("role-assignments", role=role, scope="/acme", group=group)
    member = desk.one.call("POST", f"/api/v1/groups/{group}/members/", {"user": desk.carol}, token=desk.admin)
    assert member.status == 201, member
    return Taking("DELETE", f"groups/{group}/members/{desk.carol}")


def the_groups_assignment(desk: Desk) -> Taking:
    role, _ = desk.role(permissions=["invoice:pay"])
    group = desk.made("groups", name=f"group-{next(_numbers)}")
    given = desk.made("role-assignments", role=role, scope="/acme", group=group)
    desk.one.call("POST", f"/api/v1/groups/{group}/members/", {"user": desk.carol}, token=desk.admin)
    return Taking("DELETE", f"role-assignments/{given}")


WAYS: list[Callable[[Desk], Taking]] = [
    an_assignment,
    a_permission_of_her_role,
    an_inheritance,
    her_membership,
    the_groups_assignment,
]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path_factory.mktemp("redis"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def desk(redis: RedisServer) -> Iterator[Desk]:
    address = f"redis://127.0.0.1:{redis.port}/0"
    with ExitStack() as nodes:
        one = nodes.enter_context(_running(Site(REDIS_URL=address)))
        # Not before the first listens, or the second may take the port of its lane for sign-ins.
        other = nodes.enter_context(_running(Site(room=one.room, PUBLIC_URL=one.url, REDIS_URL=address)))
        yield Desk(one, other)


@contextmanager
def _running(site: Site) -> Iterator[Site]:
    try:
        yield site.wait_until_ready()
    finally:
        site.stop()


def _remembered(redis: RedisServer, watch: Watch) -> None:
    """Until she is answered yes, again and again, and Redis is asked for it."""
    before = redis.calls("mget")
    watch.until(lambda it: it.answers(allowed=True) >= ENOUGH and redis.calls("mget") >= before + ENOUGH)


def _no_yes_since(watch: Watch, redis: RedisServer, moment: float) -> None:
    # Until Redis is asked again, too: a second long after a failure it is not, and then nothing of it could be stale.
    before = redis.calls("mget")
    watch.until(lambda it: it.answers(since=moment, allowed=False) >= ENOUGH and redis.calls("mget") >= before + ENOUGH)
    assert watch.answers(since=moment, allowed=True) == 0
    # A refusal to answer would be no proof.
    assert {one.status for one in watch.seen} == {200}


def _taken(desk: Desk, taking: Taking, watch: Watch) -> float:
    """And asked about, while the fault lasts: a process that asks nothing meanwhile hears of no fault (docs/decisions/0010)."""
    moment = desk.take(taking)
    watch.until(lambda it: it.answers(since=moment, allowed=False) >= ENOUGH)
    return moment


@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: it.__name__)
@pytest.mark.parametrize("way", WAYS, ids=lambda it: it.__name__)
def test_no_yes_is_asked_for_after_it_was_taken(
    desk: Desk, redis: RedisServer, way: Callable[[Desk], Taking], fault: Callable[[RedisServer, Take], float]
) -> None:
    taking = way(desk)
    with desk.watched() as watch:
        _remembered(redis, watch)

        taken = fault(redis, lambda: _taken(desk, taking, watch))

        _no_yes_since(watch, redis, taken)


def test_an_assignment_ends_by_the_clock_while_beat_stands_still(desk: Desk, redis: RedisServer) -> None:
    beats = [*desk.one.processes("identity_server beat"), *desk.other.processes("identity_server beat")]
    send(signal.SIGSTOP, beats)
    try:
        role, _ = desk.role(permissions=["invoice:pay"])
        end = datetime.now(UTC) + timedelta(seconds=3)
        desk.give(role, valid_until=end.isoformat())
        with desk.watched() as watch:
            _remembered(redis, watch)
            _no_yes_since(watch, redis, end.timestamp())
        assert len(beats) == 2
        assert {state(beat) for beat in beats} == {"T"}
    finally:
        send(signal.SIGCONT, beats)


def test_a_yes_that_is_given_is_told_by_the_other_node_as_soon(desk: Desk) -> None:
    role, _ = desk.role(permissions=["invoice:pay"])
    with desk.watched() as watch:
        watch.until(lambda it: it.answers(allowed=False) >= ENOUGH)
        given, moment = desk.give(role), time.time()
        watch.until(lambda it: it.answers(since=moment, allowed=True) >= ENOUGH)
        assert watch.answers(since=moment, allowed=False) == 0
    # The tests come in any order, and to the next she is a stranger.
    desk.take(Taking("DELETE", f"role-assignments/{given}"))
