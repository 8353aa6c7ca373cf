"""One rule for passwords, at each of the five doors where one is set (security A1-A6)."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.doors import ask, refusal_of, try_token_door
from accounts.tests.post import Post
from conftest import PASSWORD

pytestmark = pytest.mark.wide

DOORS = ["registration", "reset", "invitation", "change", "creation"]
OWNERS = {"registration": "carol", "reset": "alice", "invitation": "dora", "change": "alice", "creation": "erin"}
LONG = "seven wet otters " * 20
SNAILS = "".join(chr(0x1F40C + 7 * number) for number in range(16))
Submit = Callable[..., Any]


@pytest.fixture
def submit(alice: User, root: User, as_user: Callable[[User], APIClient], post: Post) -> Submit:
    """Brings what is said of a new password to a door, with all else that the door wants."""
    hers, roots = as_user(alice), as_user(root)

    def mailed(path: str, email: str, client: APIClient) -> str:
        ask(path, {"email": email}, client)
        return post.token()

    def send(door: str, **said: Any) -> Any:
        match door:
            case "registration":
                return ask("accounts/register/", {"email": "carol@example.org", **said})
            case "reset":
                token = mailed("accounts/password/reset/", "alice@example.org", APIClient())
                return ask("accounts/password/reset/confirm/", {"token": token, **said})
            case "invitation":
                return ask(
                    "accounts/invitations/accept/", {"token": mailed("users/", "dora@example.org", roots), **said}
                )
            case "change":
                return ask("me/password/", {"current_password": PASSWORD, **said}, hers)
        return ask("users/", {"email": "erin@example.org", **said}, roots)

    return send


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kx9-vq2-hw7", "password_too_short"),
        ("\ufb03" * 3 + "z", "password_too_short"),
        (LONG * 4, "password_too_long"),
        ("12345678910111213", "password_too_guessable"),
        ("IdentityServer2030", "password_too_personal"),
        ("\u3000" * 20, "password_too_guessable"),
    ],
)
def test_what_is_no_password_is_no_password_at_any_door(submit: Submit, door: str, password: str, code: str) -> None:
    refusal = refusal_of(submit(door, password=password))

    assert refusal == (400, "password_unacceptable", [("password", code)])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "password", [None, 7, True, [PASSWORD], {"is": PASSWORD}, "half \ud800 a pair", "a nul \x00", ""]
)
def test_what_is_no_text_is_refused_alike_at_every_door(submit: Submit, door: str, password: Any) -> None:
    expected = refusal_of(ask("accounts/register/", {"email": "frank@example.org", "password": password}))

    refusal = refusal_of(submit(door, password=password))

    assert refusal == expected
    assert refusal[0] == 400


@pytest.mark.parametrize("door", ["registration", "reset", "invitation", "change"])
def test_a_password_is_not_optional(submit: Submit, door: str) -> None:
    assert refusal_of(submit(door)) == (400, "invalid", [("password", "required")])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("password", ["kx9-vq2-hw7m", LONG, SNAILS, " x qz  jv  wk ", "lowercaseletterswithoutend"])
def test_long_enough_and_unknown_is_all_that_any_door_wants(submit: Submit, door: str, password: str) -> None:
    assert submit(door, password=password).status_code in {201, 202, 204}


@pytest.mark.parametrize("door", DOORS)
def test_every_character_of_a_long_password_counts(submit: Submit, door: str) -> None:
    submit(door, password=LONG)
    User.objects.filter(email_verified_at=None).update(self_registered=False)
    email = f"{OWNERS[door]}@example.org"

    nearly = [LONG[:72], LONG[:-1], LONG.strip(), LONG.upper(), LONG + " ", " " + LONG]

    assert not [password for password in nearly if try_token_door(email, password)]
    assert try_token_door(email, LONG)


@pytest.mark.parametrize("door", DOORS)
def test_one_password_typed_on_two_keyboards_is_one_at_every_door(submit: Submit, door: str) -> None:
    submit(door, password="caf\u00e9 liaison \ufb01x paradise")
    User.objects.filter(email_verified_at=None).update(self_registered=False)

    assert try_token_door(f"{OWNERS[door]}@example.org", "cafe\u0301 liaison fix paradise")


@pytest.mark.parametrize(
    "said", [{}, {"current_password": None}, {"current_password": ""}, {"current_password": "not it"}]
)
def test_a_live_session_is_not_enough_to_change_a_password(
    alice: User, as_user: Callable[[User], APIClient], said: dict[str, Any]
) -> None:
    answer = ask("me/password/", {"password": LONG, **said}, as_user(alice))

    assert (refusal_of(answer)[0], refusal_of(answer)[2][0][0]) == (400, "current_password")
    assert try_token_door("alice@example.org", PASSWORD)
