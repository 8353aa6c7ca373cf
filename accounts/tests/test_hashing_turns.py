"""What a turn at hashing comes before and what it leaves alone: the count of tries, the connection to the database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import pytest
from django.db import connection, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import SignInCounter, User
from accounts.services import hashing, passwords, sign_in
from accounts.tests.fakes import Held
from common.actors import SYSTEM, Actor, ActorKind
from common.errors import Overloaded
from conftest import PASSWORD
from events.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("gate")]
STRANGER = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")
NEW = "unrelated volcano pencil"


def test_a_refused_try_was_none(alice: User, noon: datetime, full: ExitStack) -> None:
    for _ in range(30):
        with pytest.raises(Overloaded):
            sign_in.verify(email=alice.email, password="wrong", door="test", actor=STRANGER, at=noon)
    assert not SignInCounter.objects.exists()
    assert not Event.objects.exists()

    full.close()
    assert sign_in.verify(email=alice.email, password=PASSWORD, door="test", actor=STRANGER, at=noon) == alice


def test_each_password_that_is_hashed_was_counted_before(
    alice: User, noon: datetime, held: type[Held], settings: Settings
) -> None:
    with ThreadPoolExecutor(1) as crowd:
        guess = crowd.submit(_guess, alice, noon)
        assert held.began.acquire(timeout=20)

        assert SignInCounter.objects.filter(attempts=1).count() == 2

        held.may_end.set()
        assert guess.result(20) is None


def _guess(user: User, at: datetime) -> User | None:
    try:
        return sign_in.verify(email=user.email, password="wrong", door="test", actor=STRANGER, at=at)
    finally:
        connection.close()


def test_a_password_is_changed_in_one_turn_or_not_tried(
    settings: Settings, alice: User, noon: datetime, full: ExitStack
) -> None:
    with pytest.raises(Overloaded):
        passwords.change(alice, current=PASSWORD, new=NEW, actor=STRANGER, at=noon)
    assert not SignInCounter.objects.exists()

    full.close()
    settings.PASSWORD_HASHERS = ["accounts.tests.fakes.Closing"]
    passwords.change(alice, current=PASSWORD, new=NEW, actor=STRANGER, at=noon)


SIGN_IN = {"email": "alice@example.org", "password": PASSWORD}
PROGRAMS = [
    ("/api/v1/token/", SIGN_IN, 200),
    ("/api/v1/accounts/register/", {"email": "carol@example.org", "password": NEW}, 202),
]


@pytest.mark.parametrize(("path", "body", "then"), PROGRAMS)
def test_a_program_hears_when_to_come_back_and_is_then_served(
    alice: User, full: ExitStack, path: str, body: dict[str, str], then: int
) -> None:
    refused = APIClient().post(path, body, "json")
    full.close()

    assert (refused.status_code, refused["Retry-After"], refused.json()["code"]) == (503, "1", "busy")
    assert refused["Content-Type"] == "application/problem+json"
    assert APIClient().post(path, body, "json").status_code == then


def test_staff_at_the_form_hears_it_too(full: ExitStack, root: User) -> None:
    browser = APIClient(raise_request_exception=False)
    form = {"username": root.email, "password": PASSWORD}

    refused = browser.post("/admin/login/", form, "multipart")
    full.close()

    assert (refused.status_code, refused["Retry-After"]) == (503, "1")
    assert browser.post("/admin/login/", form, "multipart").status_code == 302


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one writer")
def test_who_holds_the_only_writer_does_not_wait_for_those_who_wait_for_it(full: ExitStack) -> None:
    with transaction.atomic():
        assert hashing.of(PASSWORD, actor=STRANGER)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A pool of one."""
    options = connection.settings_dict["OPTIONS"]
    before = options["pool"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
    options["pool"] = {"min_size": 1, "max_size": 1, "timeout": 5}
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    options["pool"] = before


@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "postgresql", reason="there is no pool")
@pytest.mark.usefixtures("one_connection")
def test_others_are_served_by_the_one_connection_while_passwords_are_hashed(
    alice: User, noon: datetime, held: type[Held], settings: Settings
) -> None:
    settings.HASHING_SLOTS = 3
    connection.close()
    with ThreadPoolExecutor(4) as crowd:
        guesses = [crowd.submit(_guess, alice, noon) for _ in range(4)]
        for _ in range(3):
            assert held.began.acquire(timeout=20)

        assert User.objects.get() == alice
        connection.close()

        held.may_end.set()
        assert [guess.result(20) for guess in guesses] == [None] * 4


@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "postgresql", reason="there is no pool")
@pytest.mark.parametrize(("actor", "stays"), [(STRANGER, False), (SYSTEM, True)])
def test_the_system_keeps_its_connection_and_what_is_locked_on_it(actor: Actor, stays: bool) -> None:
    backend = _backend()

    hashing.of(PASSWORD, actor=actor)

    assert (connection.connection is not None) is stays
    assert not stays or _backend() == backend


@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "postgresql", reason="there is no pool")
def test_nobody_gives_a_connection_back_in_a_transaction(noon: datetime, person: Callable[..., User]) -> None:
    with transaction.atomic():
        alice = person("alice")
        hashing.of(PASSWORD, actor=STRANGER)

    assert User.objects.get() == alice


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
