"""What must hold when processes die: nothing that was acknowledged is lost, and no effect happens twice (security X1 to X5)."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live import Answer, Site, eventually, send

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def own_site() -> Iterator[Site]:
    """A server that these tests may break."""
    running = Site(DELIVERY_LEASE="5s", API_RATE_LIMIT="100000/min")
    try:
        yield running.wait_until_ready()
    finally:
        running.stop()


def invite(site: Site, token: str, name: str) -> Answer:
    return site.call("POST", "/api/v1/users/", {"email": f"{name}@example.org"}, token=token)


def test_a_worker_killed_before_the_mail_still_sends_it_once(own_site: Site) -> None:
    token = own_site.admin_token()
    names = [f"guest-{number}" for number in range(5)]
    doomed = eventually(lambda: _stopped_without_a_lock(own_site, lambda: invite(own_site, token, names[0])))
    assert {invite(own_site, token, name).status for name in names[1:]} == {201}
    assert [name for name in names if own_site.mails_to(f"{name}@example.org")] == []

    send(signal.SIGKILL, doomed)

    eventually(lambda: all(own_site.mails_to(f"{name}@example.org") for name in names), within=90)
    assert [len(own_site.mails_to(f"{name}@example.org")) for name in names] == [1] * 5


def test_what_was_acknowledged_before_the_web_died_is_there_with_its_event(own_site: Site) -> None:
    token = own_site.admin_token()
    with ThreadPoolExecutor(4) as crowd:
        asked = [crowd.submit(invite, own_site, token, f"ledger-{number}") for number in range(40)]
        asked[5].result()
        send(signal.SIGKILL, own_site.processes("identity_server.web"))
    acknowledged = [a.result().body["id"] for a in asked if a.exception() is None and a.result().status == 201]

    eventually(lambda: _answers(own_site), within=60)
    kept = {row["subject"]["id"] for row in _created(own_site, token)}
    known = {
        row["id"]
        for row in own_site.call("GET", "/api/v1/users/?search=ledger&page_size=200", token=token).body["results"]
    }

    assert set(acknowledged) <= known
    assert known <= kept


def _stopped_without_a_lock(site: Site, write: Callable[[], Answer]) -> list[int] | None:
    """The worker's processes, stopped, if `write` succeeds beside them: a stop in the midst of a write keeps SQLite's one lock."""
    send(signal.SIGSTOP, stopped := site.processes("identity_server worker"))
    if (answer := write()).status == 201:
        return stopped
    send(signal.SIGCONT, stopped)
    assert answer.status == 503, answer
    return None


def _answers(site: Site) -> bool:
    try:
        return site.call("GET", "/healthz").status == 200
    except OSError:
        return False


def _created(site: Site, token: str) -> list[dict[str, dict[str, str]]]:
    answer = site.call("GET", "/api/v1/events/?type=accounts.user.created&page_size=200", token=token)
    rows: list[dict[str, dict[str, str]]] = answer.body["results"]
    return rows
