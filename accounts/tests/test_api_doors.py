import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.post import Post
from conftest import PASSWORD
from events.models import Event

NEW = "unrelated volcano pencil"
WEAK = ["short", "x" * 12, "IdentityServer2030", "qwertyuiop123", "carol-example-2029", "x" * 100_000]
NOT_ADDRESSES: list[Any] = [
    "a@evil.example,carol@example.org",
    ["carol@example.org"],
    {"a": 1},
    7,
    None,
    True,
    "",
    "carol@example.org\r\nBcc: x@example.org",
    "carol@example.org\u2028",
    "\u200bcarol@example.org",
    "carol\ud800@example.org",
    "carol\u0000@example.org",
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Callable[..., Any]:
    """Posts to a door of accounts."""

    def send(door: str, body: Any, **options: Any) -> Any:
        # Not by DRF's renderer, which cannot write half a surrogate pair.
        said = json.dumps(body)
        return APIClient().post(f"/api/v1/accounts/{door}/", said, content_type="application/json", **options)

    return send


def test_registering_says_the_same_whether_or_not_the_address_is_taken(alice: User, call: Callable[..., Any]) -> None:
    answers = [
        call("register", {"email": email, "password": NEW}, headers={"X-Request-ID": "same"})
        for email in ("carol@example.org", "alice@example.org")
    ]
    for answer in answers:
        assert (answer.status_code, answer.content) == (202, b"")
    assert answers[0].headers.keys() == answers[1].headers.keys()


@pytest.mark.parametrize("email", NOT_ADDRESSES)
@pytest.mark.parametrize("door", ["register", "password/reset", "verify-email/resend"])
def test_what_is_no_address_is_refused_at_each_door(call: Callable[..., Any], door: str, email: Any) -> None:
    body = {"email": email, "password": NEW} if door == "register" else {"email": email}
    answer = call(door, body)
    assert answer.status_code == 400
    assert answer.json()["code"]
    assert not Event.objects.exists()


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "email_verified", "roles", "id", "is_active", "locale"])
def test_a_stranger_gives_herself_nothing(call: Callable[..., Any], field: str) -> None:
    answer = call("register", {"email": "carol@example.org", "password": NEW, field: True})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_field")
    assert not User.objects.exists()


@pytest.mark.parametrize("password", WEAK)
def test_a_weak_password_is_refused_in_the_same_words_at_each_door(
    alice: User, call: Callable[..., Any], as_user: Callable[[User], APIClient], post: Post, password: str
) -> None:
    User.objects.filter(pk=alice.pk).update(email="carol@example.org", email_canonical="carol@example.org")
    alice.refresh_from_db()
    call("password/reset", {"email": "carol@example.org"})
    answers = [
        call("register", {"email": "carol@example.org", "password": password}),
        call("password/reset/confirm", {"token": post.token(), "password": password}),
        as_user(alice).post(
            "/api/v1/me/password/", {"current_password": PASSWORD, "password": password}, format="json"
        ),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["code"] for answer in answers} == {"password_unacceptable"}
    assert len({answer.json()["errors"][0]["code"] for answer in answers}) == 1


def test_a_registration_that_is_sent_again_with_its_key_causes_one_mail(call: Callable[..., Any], post: Post) -> None:
    body = {"email": "carol@example.org", "password": NEW}
    answers = [call("register", body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 2
    assert len(post.all()) == 1


def test_the_walk_from_registration_to_a_new_password(call: Callable[..., Any], post: Post) -> None:
    assert call("register", {"email": "carol@example.org", "password": PASSWORD}).status_code == 202
    assert call("verify-email", {"token": post.token()}).status_code == 204
    assert call("password/reset", {"email": "Carol@example.org"}).status_code == 202
    assert call("password/reset/confirm", {"token": post.token(), "password": NEW}).status_code == 204
    assert call("verify-email/resend", {"email": "carol@example.org"}).status_code == 202


@pytest.mark.parametrize("token", ["", None, "null", [], {}, 0, "idl_0", "x" * 1000])
@pytest.mark.parametrize("door", ["verify-email", "password/reset/confirm", "invitations/accept"])
def test_no_door_opens_without_its_token(alice: User, call: Callable[..., Any], door: str, token: Any) -> None:
    body = {"token": token} if door == "verify-email" else {"token": token, "password": NEW}
    assert call(door, body).status_code == 400
    assert call(door, {}).status_code == 400
    assert User.objects.get(pk=alice.pk).password == alice.password


def test_every_dead_link_gets_the_same_answer(call: Callable[..., Any], post: Post) -> None:
    call("register", {"email": "carol@example.org", "password": PASSWORD})
    used = post.token()
    call("verify-email", {"token": used})
    answers = [call("verify-email", {"token": token}).json() for token in (used, "idl_unknown")]
    assert {answer["code"] for answer in answers} == {"link_not_usable"}
    assert answers[0]["detail"] == answers[1]["detail"]


@pytest.mark.time_machine(datetime(2030, 1, 1, 12, 30, tzinfo=UTC), tick=False)
def test_mails_to_one_address_are_limited_with_or_without_an_account(alice: User, call: Callable[..., Any]) -> None:
    for email in ("alice@example.org", "nobody@example.org"):
        answers = [call("password/reset", {"email": email}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.time_machine(datetime(2030, 1, 1, 12, 30, tzinfo=UTC), tick=False)
def test_a_stranger_does_not_use_up_what_the_owner_of_the_address_may_ask(
    alice: User, call: Callable[..., Any]
) -> None:
    asked = {"email": "alice@example.org"}
    spent = [call("password/reset", asked, REMOTE_ADDR="203.0.113.7").status_code for _ in range(6)]

    assert (spent[-1], call("password/reset", asked, REMOTE_ADDR="198.51.100.2").status_code) == (429, 202)


@pytest.mark.time_machine(datetime(2030, 1, 1, 12, 30, tzinfo=UTC), tick=False)
def test_one_client_is_limited_over_all_addresses(call: Callable[..., Any]) -> None:
    answers = [call("password/reset", {"email": f"person{number}@example.org"}) for number in range(31)]
    assert [answer.status_code for answer in answers] == [202] * 30 + [429]
    assert '"account-requests"' in answers[0]["RateLimit-Policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Forwarded-Proto": "gopher"},
    ],
)
def test_links_lead_to_the_configured_origin_whatever_a_request_says(
    alice: User, call: Callable[..., Any], post: Post, settings: Any, headers: dict[str, str]
) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], "https://id.example"
    call("password/reset", {"email": "alice@example.org"}, headers=headers)
    assert "\nhttps://id.example/account/reset-password#token=idl_" in str(post.last().body)
    assert "evil" not in str(post.last().message())


@pytest.mark.parametrize("page", ["verify-email", "reset-password", "invitation"])
def test_a_page_holds_no_script_or_style_of_its_own_and_is_not_kept(client: Client, page: str) -> None:
    answer = client.get(f"/account/{page}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert text.count("<script") == text.count("<script src=") == 1
    assert "style=" not in text
    assert "onpaste" not in text


@pytest.mark.parametrize("page", ["reset-password", "invitation"])
def test_a_password_is_typed_hidden_and_managers_know_what_it_is(client: Client, page: str) -> None:
    text = client.get(f"/account/{page}").content.decode()
    assert 'type="password" autocomplete="new-password"' in text
