"""No step that a mailed link opens can be skipped, reordered or done with another one's link (security B5, B6)."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import EmailLink, User
from accounts.tests.doors import NEW, ask, refusal_of, try_token_door
from accounts.tests.post import Post
from conftest import PASSWORD
from events.models import Event

pytestmark = pytest.mark.wide

DOORS = {
    "verify": "accounts/verify-email/",
    "reset": "accounts/password/reset/confirm/",
    "invitation": "accounts/invitations/accept/",
}
DEAD: tuple[int, str, list[tuple[str, str]]] = (400, "link_not_usable", [])
Links = dict[str, str]


@pytest.fixture
def links(alice: User, root: User, as_user: Callable[[User], APIClient], post: Post) -> Links:
    """One open link of each kind: Carol's to verify, Alice's to reset, Dora's invitation."""
    ask("accounts/register/", {"email": "carol@example.org", "password": PASSWORD})
    verify = post.token()
    ask("accounts/password/reset/", {"email": "alice@example.org"})
    reset = post.token()
    ask("users/", {"email": "dora@example.org"}, as_user(root))
    return {"verify": verify, "reset": reset, "invitation": post.token()}


def knock(door: str, token: object, client: APIClient | None = None, /, **more: object) -> Any:
    password = {} if door == "verify" else {"password": NEW}
    return ask(DOORS[door], {"token": token, **password, **more}, client)


def people() -> str:
    return str([*User.objects.order_by("pk").values()])


@pytest.mark.parametrize("kind", DOORS)
@pytest.mark.parametrize("door", DOORS)
def test_each_link_opens_its_own_door_and_no_other(links: Links, door: str, kind: str) -> None:
    before = people()

    answer = knock(door, links[kind])

    assert answer.status_code == (204 if door == kind else 400)
    assert (people() == before) == (door != kind)


@pytest.mark.parametrize("door", DOORS)
def test_a_link_works_once(links: Links, door: str) -> None:
    answers = [knock(door, links[door]) for _ in range(2)]

    assert answers[0].status_code == 204
    assert refusal_of(answers[1]) == DEAD


@pytest.mark.parametrize("door", DOORS)
def test_what_the_server_stores_or_shows_of_a_link_opens_nothing(links: Links, door: str) -> None:
    seen = [str(pk) for pk in Event.objects.values_list("pk", flat=True)]
    seen += [str(shown) for link in EmailLink.objects.all() for shown in (link.pk, link.digest, link.user_id)]

    refusals = [refusal_of(knock(door, token)) for said in seen for token in (said, f"idl_{said}")]

    assert refusals == [DEAD] * len(refusals)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("forge", [str.upper, str.swapcase, " {}".format, "{} ".format, "{}0".format, "{0}{0}".format])
def test_only_the_whole_secret_counts(links: Links, door: str, forge: Callable[[str], str]) -> None:
    before = people()

    assert refusal_of(knock(door, forge(links[door]))) == DEAD
    assert people() == before


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrap", [lambda said: [said], lambda said: {"token": said}, lambda said: [said, said]])
def test_a_secret_that_is_wrapped_is_none(links: Links, door: str, wrap: Callable[[str], object]) -> None:
    assert refusal_of(knock(door, wrap(links[door]))) == (400, "invalid", [("token", "invalid")])
    assert knock(door, links[door]).status_code == 204


@pytest.mark.parametrize("door", DOORS)
def test_a_secret_is_read_from_the_body_and_from_nowhere_else(links: Links, door: str) -> None:
    secret, body = links[door], {} if door == "verify" else {"password": NEW}

    answers = [
        ask(f"{DOORS[door]}?token={secret}", body),
        ask(DOORS[door], body, Authorization=f"Bearer {secret}", Cookie=f"token={secret}"),
        APIClient().post(f"/api/v1/{DOORS[door]}", {"token": secret, **body}, format="multipart"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 415]
    assert knock(door, secret).status_code == 204


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("field", ["user", "user_id", "email", "id", "sub"])
def test_a_link_says_itself_whose_it_is(links: Links, bob: User, door: str, field: str) -> None:
    answer = knock(door, links[door], **{field: str(bob.pk)})

    assert refusal_of(answer) == (400, "unknown_field", [(field, "unknown_field")])
    assert User.objects.get(pk=bob.pk).password == bob.password


def test_whoever_is_signed_in_changes_with_her_link_only_her_password(
    links: Links, bob: User, as_user: Callable[[User], APIClient]
) -> None:
    answer = knock("reset", links["reset"], as_user(bob))

    assert (answer.status_code, answer.cookies) == (204, {})
    assert try_token_door("bob@example.org", PASSWORD)
    assert try_token_door("alice@example.org", NEW)


def test_a_reset_that_was_begun_for_one_is_not_finished_with_the_link_of_another(links: Links, bob: User) -> None:
    ask("accounts/password/reset/", {"email": "bob@example.org"})

    assert knock("reset", links["reset"]).status_code == 204

    assert try_token_door("bob@example.org", PASSWORD)
    assert not try_token_door("bob@example.org", NEW)


@pytest.mark.parametrize("spelling", ["alice@example.org", "ALICE@EXAMPLE.ORG", "alice@example\uff0eorg"])
def test_asking_again_in_any_spelling_kills_the_older_link(links: Links, post: Post, spelling: str) -> None:
    ask("accounts/password/reset/", {"email": spelling})

    assert refusal_of(knock("reset", links["reset"])) == DEAD
    assert knock("reset", post.token()).status_code == 204


def test_a_password_changed_in_a_session_kills_the_open_reset(
    links: Links, alice: User, as_user: Callable[[User], APIClient]
) -> None:
    body = {"current_password": PASSWORD, "password": "another mountain of cranes"}
    assert ask("me/password/", body, as_user(alice)).status_code == 204

    assert refusal_of(knock("reset", links["reset"])) == DEAD
    assert try_token_door("alice@example.org", "another mountain of cranes")


def test_before_her_address_is_proven_her_password_opens_nothing(links: Links) -> None:
    assert not try_token_door("carol@example.org", PASSWORD)

    knock("verify", links["verify"])

    assert try_token_door("carol@example.org", PASSWORD)


@pytest.mark.parametrize("door", DOORS)
def test_a_dead_link_is_refused_before_the_password_is_looked_at(links: Links, door: str) -> None:
    weak = {} if door == "verify" else {"password": "short"}

    assert refusal_of(ask(DOORS[door], {"token": "idl_0", **weak})) == DEAD
