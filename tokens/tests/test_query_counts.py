"""What the operations that clients call all day ask of the database: exactly so many reads, writes and commits."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from accounts.models import User
from conftest import PASSWORD
from rbac.tests.factories import give
from tokens.tests.clients import bearing, post, sign_in
from tokens.tests.machines import ask, basic, buy, machine, secret_of

# Committed for real, or there would be no commits to count.
pytestmark = pytest.mark.django_db(transaction=True)
WRITES = {"INSERT", "UPDATE", "DELETE", "WITH"}
# Where nodes have a cache in common, they remember in it what stands.
REMEMBERED = 0 if settings.CACHE_SHARED else 1


class Asked(NamedTuple):
    """Of the database. A write outside of a transaction is a commit of its own."""

    reads: int = 0
    writes: int = 0
    commits: int = 0


@pytest.fixture(autouse=True)
def _fresh(noon: datetime, time_machine: TimeMachineFixture) -> None:
    # At rest, because the time of the last use is written once a minute.
    time_machine.move_to(noon, tick=False)
    cache.clear()


def asked_by(do: Callable[[], Any]) -> Asked:
    """The second time that it is done: the first finds the signing keys, and composes what is composed once."""
    do()
    with CaptureQueriesContext(connection) as seen:
        answer = do()
    assert answer.status_code == 200, answer.content
    return counted(query["sql"].split()[0] for query in seen.captured_queries)


def counted(verbs: Iterable[str]) -> Asked:
    found, inside = Asked(), False
    for verb in verbs:
        inside = verb == "BEGIN" or (inside and verb != "COMMIT")
        found = Asked(
            found.reads + (verb == "SELECT"),
            found.writes + (verb in WRITES),
            found.commits + (verb == "COMMIT" or (verb in WRITES and not inside)),
        )
    return found


@pytest.fixture
def pair(alice: User) -> dict[str, Any]:
    return sign_in(alice)


def test_the_count_tells_a_write_in_a_transaction_from_one_alone() -> None:
    assert counted(["SELECT", "UPDATE"]) == Asked(reads=1, writes=1, commits=1)
    assert counted(["BEGIN", "INSERT", "SAVEPOINT", "UPDATE", "COMMIT", "DELETE"]) == Asked(writes=3, commits=2)


def test_refresh_is_one_statement(pair: dict[str, Any]) -> None:
    def refresh() -> Any:
        answer = post("token/refresh/", {"refresh": pair["refresh"]})
        pair.update(answer.json())
        return answer

    assert asked_by(refresh) == Asked(writes=1, commits=1)


def test_a_repeated_refresh_reads_once_after_changing_nothing(pair: dict[str, Any]) -> None:
    asked = asked_by(lambda: post("token/refresh/", {"refresh": pair["refresh"]}))

    assert asked == Asked(reads=1, writes=1, commits=1)


def test_verify_reads_nothing_that_is_remembered(pair: dict[str, Any]) -> None:
    assert asked_by(lambda: post("token/verify/", {"token": pair["access"]})) == Asked(reads=REMEMBERED)


def test_verify_of_a_refresh_token_reads_once(pair: dict[str, Any]) -> None:
    assert asked_by(lambda: post("token/verify/", {"token": pair["refresh"]})) == Asked(reads=1)


def test_me_reads_the_proof_and_the_person_at_once(pair: dict[str, Any]) -> None:
    assert asked_by(lambda: bearing(pair["access"]).get("/api/v1/me/")) == Asked(reads=1)


def test_a_sign_in_counts_before_it_hashes_and_begins_a_session_after(alice: User) -> None:
    # The tries of account and network are counted, and committed before the password is looked at; who she is is the only read.
    # What is written with the session: when she came in (which locks her row, and tells what her tokens rest on), both
    # counts given back, the session, its fact. PostgreSQL takes these four as one statement.
    found = asked_by(lambda: post("token/", {"email": alice.email, "password": PASSWORD}))

    assert found == Asked(reads=1, writes=2 if connection.vendor == "postgresql" else 5, commits=2)


def test_a_decision_about_herself_reads_her_and_what_she_holds(alice: User, pair: dict[str, Any]) -> None:
    give(alice, "invoice:view")
    question = {
        "subject": {"type": "user", "id": str(alice.pk)},
        "action": {"name": "view"},
        "resource": {"type": "invoice", "id": "7"},
    }

    found = asked_by(lambda: bearing(pair["access"]).post("/access/v1/evaluation", question, format="json"))

    assert found == Asked(reads=1 + REMEMBERED)


def test_revoking_what_is_no_token_asks_nothing() -> None:
    assert asked_by(lambda: post("token/revoke/", {"token": "junk"})) == Asked()


def test_revoking_reads_the_session_and_ends_it_with_its_fact_in_one_commit(alice: User) -> None:
    pairs = [sign_in(alice) for _ in range(2)]

    found = asked_by(lambda: post("token/revoke/", {"token": pairs.pop()["refresh"]}))

    # The end, its line in the feed of revocations, and its fact.
    assert found == Asked(reads=1, writes=3, commits=1)


def test_client_credentials_read_the_secret_the_roles_and_the_key() -> None:
    added = secret_of(machine("billing"))
    shown = basic(added.credential.service_account_id, added.client_secret)

    assert asked_by(lambda: ask({"grant_type": "client_credentials"}, authorization=shown)) == Asked(reads=3)


def test_introspection_reads_nothing_that_is_remembered(pair: dict[str, Any]) -> None:
    gateway = bearing(buy(secret_of(machine("gateway", "token:introspect"))))

    found = asked_by(lambda: gateway.post("/api/v1/token/introspect/", {"token": pair["access"]}, format="json"))

    assert found == Asked(reads=2 * REMEMBERED)
