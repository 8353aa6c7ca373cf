"""What each act over HTTP leaves behind: a fact that names its doer, and at most one mail, to its owner (J6, J8, X48)."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.doors import EVIL, NEW, POISON, ask, refusal_of
from accounts.tests.post import TOKEN, Post
from conftest import PASSWORD
from events.models import Delivery, Event, OutboxEntry

pytestmark = pytest.mark.wide

LINK = re.compile(r"""[a-z]+://[^\s"'<>]+""")
FROM = {"X_Request_ID": "try-7", "User_Agent": "curl/8.5"}
CAROL = {"email": "carol@example.org", "password": PASSWORD}
Act = Callable[..., Any]


@pytest.fixture
def act(alice: User, root: User, as_user: Callable[[User], APIClient], post: Post) -> Act:
    """Does one thing over HTTP, after what has to come before it."""

    def mailed(path: str, body: dict[str, str], client: APIClient | None = None) -> str:
        ask(path, body, client)
        return post.token()

    def do(what: str, **headers: str) -> Any:
        hers, roots = as_user(alice), as_user(root)
        match what:
            case "verify":
                return ask("accounts/verify-email/", {"token": mailed("accounts/register/", CAROL)}, **headers)
            case "reset":
                token = mailed("accounts/password/reset/", {"email": "alice@example.org"})
                return ask("accounts/password/reset/confirm/", {"token": token, "password": NEW}, **headers)
            case "join":
                token = mailed("users/", {"email": "dora@example.org"}, roots)
                return ask("accounts/invitations/accept/", {"token": token, "password": NEW}, **headers)
            case "repeat":
                ask("accounts/register/", CAROL)
                return ask("accounts/register/", CAROL, **headers)
        path, body, client = {
            "register": ("accounts/register/", CAROL, None),
            "register again": ("accounts/register/", CAROL | {"email": "alice@example.org"}, None),
            "forget": ("accounts/password/reset/", {"email": "alice@example.org"}, None),
            "fail": ("token/", {"email": "alice@example.org", "password": NEW}, None),
            "change": ("me/password/", {"current_password": PASSWORD, "password": NEW}, hers),
            "guess": ("me/password/", {"current_password": NEW, "password": NEW}, hers),
            "invite": ("users/", {"email": "dora@example.org"}, roots),
            "help": (f"users/{alice.pk}/send-password-reset/", {}, roots),
            "deactivate": (f"users/{alice.pk}/deactivate/", {"reason": "left"}, roots),
        }[what]
        return ask(path, body, client, **headers)

    return do


LEFT = [
    ("register", "anonymous", ["registered"]),
    ("register again", "anonymous", ["registration_repeated"]),
    ("verify", "anonymous", ["email_verified"]),
    ("forget", "anonymous", ["password_reset_requested"]),
    ("reset", "anonymous", ["password_changed"]),
    ("join", "anonymous", ["invitation_accepted", "email_verified"]),
    ("fail", "anonymous", ["sign_in_failed"]),
    ("change", "alice", ["password_changed"]),
    ("guess", "alice", ["sign_in_failed"]),
    ("invite", "root", ["created", "invited"]),
    ("help", "root", ["password_reset_requested"]),
    ("deactivate", "root", ["deactivated"]),
]


@pytest.mark.parametrize(("what", "doer", "kinds"), LEFT)
def test_an_act_is_a_fact_with_its_doer_and_its_request(
    act: Act, alice: User, root: User, what: str, doer: str, kinds: list[str]
) -> None:
    answer = act(what, **FROM)

    facts = Event.objects.filter(request_id=answer["X-Request-ID"]).order_by("id")
    who = {"alice": ("user", alice.pk), "root": ("user", root.pk)}.get(doer, ("anonymous", None))
    assert [fact.kind for fact in facts] == [f"accounts.user.{kind}" for kind in kinds]
    assert {(fact.actor_kind, fact.actor_id) for fact in facts} == {who}
    assert {(fact.request_id, fact.ip, fact.user_agent) for fact in facts} == {("try-7", "127.0.0.1", "curl/8.5")}


@pytest.mark.parametrize("what", [what for what, *_ in LEFT])
def test_no_fact_or_delivery_holds_a_secret_or_an_address(act: Act, post: Post, what: str) -> None:
    act(what, **FROM)

    secrets = [found[1] for sent in post.all() if (found := TOKEN.search(str(sent.body)))]
    rows = serializers.serialize("json", [*Event.objects.all(), *OutboxEntry.objects.all(), *Delivery.objects.all()])
    assert json.loads(rows)
    assert not [said for said in (*secrets, PASSWORD, NEW, "@example", "argon2", "pbkdf2") if said in rows]


@pytest.mark.parametrize("what", [what for what, *_ in LEFT])
def test_no_line_of_the_log_holds_a_secret(
    act: Act, post: Post, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, what: str
) -> None:
    act(what, **FROM)

    secrets = [found[1] for sent in post.all() if (found := TOKEN.search(str(sent.body)))]
    logged = caplog.text + "".join(capfd.readouterr())
    assert "try-7" in logged
    assert not [said for said in (*secrets, PASSWORD, NEW) if said in logged]


MAILS = [
    ("register", "carol", 1),
    ("register again", "alice", 0),
    ("repeat", "carol", 1),
    ("forget", "alice", 1),
    ("verify", "carol", 0),
    ("reset", "alice", 0),
    ("join", "dora", 0),
    ("change", "alice", 0),
    ("invite", "dora", 1),
    ("help", "alice", 1),
]


@pytest.mark.parametrize(("what", "reader", "secrets"), MAILS)
def test_a_mail_has_one_reader_and_leads_only_to_us(
    act: Act, post: Post, settings: Any, what: str, reader: str, secrets: int
) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], "https://id.example"

    act(what, Host=EVIL, **POISON)

    sent = post.last()
    text = str(sent.body) + str(sent.alternatives[0][0])
    assert (sent.to, sent.cc, sent.bcc) == ([f"{reader}@example.org"], [], [])
    assert len(TOKEN.findall(str(sent.body))) == secrets
    assert all(link.startswith("https://id.example/") for link in LINK.findall(text))
    assert EVIL not in str(sent.message())


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:80", f"127.0.0.1@{EVIL}", f"127.0.0.1.{EVIL}", "127.0.0.1:80:80"])
@pytest.mark.parametrize("what", ["register", "forget", "invite", "help"])
def test_a_request_to_a_host_that_is_not_ours_causes_nothing(act: Act, post: Post, what: str, host: str) -> None:
    answer = act(what, Host=host)

    assert refusal_of(answer)[0] == 400
    assert not post.all()
    assert EVIL not in answer.content.decode()
    assert not Event.objects.exists()


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "is_active", "email_verified_at", "roles", "password"])
@pytest.mark.parametrize("path", ["me/", "users/{0.pk}/"])
def test_what_a_query_or_a_form_says_is_not_taken(
    alice: User, root: User, as_user: Callable[[User], APIClient], path: str, field: str
) -> None:
    client, where = as_user(alice if path == "me/" else root), f"/api/v1/{path.format(alice)}"
    before = User.objects.filter(pk=alice.pk).values().get()

    answers = [
        client.patch(f"{where}?{field}=true", {}, format="json"),
        client.patch(where, f"{field}=true", content_type="application/x-www-form-urlencoded"),
        client.patch(where, {"profile": {field: "true"}}, format="json"),
    ]

    assert [answer.status_code for answer in answers] == [200, 415, 400]
    assert User.objects.filter(pk=alice.pk).values().get() == before
