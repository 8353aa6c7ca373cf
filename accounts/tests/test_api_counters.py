"""One count of tries per account and per client, over all doors, spellings and headers (security A8-A12)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import SignInCounter, User
from accounts.tests.doors import ask, refusal_of, try_change, try_staff_door, try_token_door
from accounts.tests.post import Post
from conftest import PASSWORD

WRONG = "not the password at all"
SPELLINGS = [
    "root@example.org",
    "ROOT@EXAMPLE.ORG",
    " root@Example.org ",
    "\uff52oot@example.org",
    "root\uff20example.org",
    "root@example\uff0eorg",
    "root@ex\uff41mple.org",
]
HEADERS = ["X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "Via"]
Try = Callable[..., bool]


def by_change(email: str, password: str, **headers: str) -> bool:
    return try_change(User.objects.get(email=email), password, **headers)


DOORS: dict[str, Try] = {"token": try_token_door, "staff": try_staff_door, "change": by_change}
pytestmark = [pytest.mark.wide, pytest.mark.usefixtures("root")]


@pytest.fixture(autouse=True)
def clock(noon: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(noon, tick=False) as traveller:
        yield traveller


def fail(times: int, door: str = "token", email: str = "root@example.org", **headers: str) -> None:
    for _ in range(times):
        assert not DOORS[door](email, WRONG, **headers)


@pytest.mark.parametrize("tried", DOORS)
@pytest.mark.parametrize("locked", DOORS)
def test_tries_at_one_door_count_at_every_other(locked: str, tried: str) -> None:
    fail(9, locked)
    fail(1, tried)

    assert not DOORS[tried]("root@example.org", PASSWORD)
    assert not DOORS[locked]("root@example.org", PASSWORD)


@pytest.mark.parametrize("tried", DOORS)
@pytest.mark.parametrize("locked", DOORS)
def test_a_lock_ends_at_every_door_at_its_time(clock: time_machine.Traveller, locked: str, tried: str) -> None:
    fail(10, locked)

    clock.shift(timedelta(minutes=15))

    assert DOORS[tried]("root@example.org", PASSWORD)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("door", ["token", "staff"])
def test_every_spelling_is_counted_as_one_address(door: str, spelling: str) -> None:
    fail(10, door, spelling)

    assert not DOORS[door]("root@example.org", PASSWORD)
    assert SignInCounter.objects.filter(key__startswith="account:").count() == 1


def test_tries_spread_over_spellings_and_doors_add_up() -> None:
    for place, spelling in enumerate(SPELLINGS):
        fail(1, "staff" if place % 2 else "token", spelling)
    fail(3, "change")

    assert not [door for door, enter in DOORS.items() if enter("root@example.org", PASSWORD)]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("door", DOORS)
def test_a_header_that_nobody_vouches_for_splits_no_count(door: str, header: str) -> None:
    for number in range(10):
        fail(1, door, **{header: f"198.51.100.{number}"})

    assert not DOORS[door]("root@example.org", PASSWORD, **{header: "198.51.100.77"})
    assert list(SignInCounter.objects.filter(key__startswith="network").values_list("attempts")) == [(11,)]


def test_a_client_behind_our_proxy_cannot_make_itself_another(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]

    for number in range(5):
        fail(1, email="alice@example.org", X_Forwarded_For=f"198.51.100.{number}, 203.0.113.7")

    assert SignInCounter.objects.get(key__startswith="network").key == "network:203.0.113.7"


def test_two_clients_behind_our_proxy_are_counted_apart(settings: Any) -> None:
    settings.TRUSTED_PROXIES, settings.SIGN_IN_ADDRESS_LIMIT = ["127.0.0.1"], 3

    fail(3, email="alice@example.org", X_Forwarded_For="203.0.113.7")

    assert not try_token_door("root@example.org", PASSWORD, X_Forwarded_For="203.0.113.7")
    assert try_token_door("root@example.org", PASSWORD, X_Forwarded_For="203.0.113.8")


def test_a_locked_account_is_answered_like_a_wrong_password(alice: User) -> None:
    body = {"email": "alice@example.org", "password": WRONG}
    wrong = ask("token/", body, X_Request_ID="same")
    fail(9, email="alice@example.org")

    locked = ask("token/", body | {"password": PASSWORD}, X_Request_ID="same")

    assert (locked.status_code, locked.content) == (401, wrong.content)
    assert locked.headers.keys() == wrong.headers.keys()


def test_whoever_is_locked_out_comes_in_by_a_reset(alice: User, post: Post) -> None:
    fail(10, email="alice@example.org")
    ask("accounts/password/reset/", {"email": "alice@example.org"})
    new = "unrelated volcano pencil"

    answer = ask("accounts/password/reset/confirm/", {"token": post.token(), "password": new})

    assert answer.status_code == 204
    assert try_token_door("alice@example.org", new)


def test_one_locked_account_locks_no_other(alice: User) -> None:
    fail(10, email="alice@example.org")

    assert not try_token_door("alice@example.org", PASSWORD)
    assert all(enter("root@example.org", PASSWORD) for enter in DOORS.values())


@pytest.mark.parametrize("door", ["accounts/register/", "accounts/password/reset/", "accounts/verify-email/resend/"])
def test_mails_to_one_address_are_one_budget_over_doors_and_spellings(door: str) -> None:
    asked = ["accounts/password/reset/", "accounts/verify-email/resend/"]
    for place, spelling in enumerate(SPELLINGS[:5]):
        assert ask(asked[place % 2], {"email": spelling}).status_code == 202

    answer = ask(door, {"email": SPELLINGS[5], **({"password": PASSWORD} if "register" in door else {})})

    assert refusal_of(answer)[0] == 429


@pytest.mark.parametrize("header", HEADERS)
def test_a_new_forwarded_address_buys_no_new_budget(header: str) -> None:
    path = "accounts/password/reset/"

    answers = [ask(path, {"email": f"p{n}@example.org"}, **{header: f"198.51.100.{n}"}) for n in range(31)]

    assert [answer.status_code for answer in answers[-2:]] == [202, 429]
