"""The plain ASGI adapter, called as a server would call it, and the one for Starlette's own middleware."""

import asyncio
import json
from typing import Any

import pytest
from starlette.authentication import AuthenticationError, requires
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from fake_server import ALICE, FEED, FakeServer, answer, token
from identity_client import Verifier
from identity_client.asgi import IdentityMiddleware, Message, Receive, Scope, Send
from identity_client.starlette import IdentityBackend, refuse

GOOD = f"Bearer {token()}"


async def greeter(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who asks."""
    identity = scope["identity"]
    await send({"type": "told", "subject": identity and identity.subject})


def speak(app: Any, *authorization: str, path: str = "/", kind: str = "http") -> list[Message]:
    """What the application sends to one request."""
    sent: list[Message] = []
    headers = [(b"host", b"example.org"), *((b"authorization", value.encode()) for value in authorization)]
    scope = {"type": kind, "method": "GET", "path": path, "query_string": b"", "headers": headers}

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def guarded(verifier: Verifier | None = None, **options: Any) -> IdentityMiddleware:
    return IdentityMiddleware(greeter, verifier=verifier or FakeServer().verifier(), **options)


def silent() -> Verifier:
    """One that has no word of what was revoked."""
    server = FakeServer()
    server.answers[FEED] = answer({}, status=500)
    return server.verifier(polled=False)


def problem(sent: list[Message]) -> tuple[Any, Any, dict[bytes, bytes]]:
    start, body = sent
    told = json.loads(body["body"])
    headers = dict(start["headers"])
    assert headers[b"content-type"] == b"application/problem+json"
    assert told["status"] == start["status"]
    return start["status"], told["code"], headers


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_who_has_a_token_is_let_in(kind: str) -> None:
    assert speak(guarded(), GOOD, kind=kind) == [{"type": "told", "subject": ALICE}]


def test_who_sends_no_token_is_told_how() -> None:
    status, code, headers = problem(speak(guarded()))

    assert (status, code, headers[b"www-authenticate"]) == (401, "not_authenticated", b"Bearer")


SENT = {
    "rubbish": ["Bearer rubbish"],
    "nothing after Bearer": ["Bearer"],
    "the same twice": [GOOD, GOOD],
    "two": [GOOD, "Bearer rubbish"],
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT.keys())
def test_what_is_no_token_or_more_than_one_is_a_401(sent: list[str]) -> None:
    status, code, headers = problem(speak(guarded(), *sent))

    assert (status, code) == (401, "token_not_valid")
    assert headers[b"www-authenticate"] == b'Bearer error="invalid_token"'


def test_who_cannot_be_judged_now_shall_come_again() -> None:
    status, code, headers = problem(speak(guarded(silent()), GOOD))

    assert (status, code, headers[b"retry-after"]) == (503, "unavailable", b"5")


def test_a_websocket_is_closed_before_it_opens() -> None:
    refused = {"type": "websocket.close", "code": 1008, "reason": "token_not_valid"}
    later = {"type": "websocket.close", "code": 1013, "reason": "unavailable"}

    assert speak(guarded(), "Bearer rubbish", kind="websocket") == [refused]
    assert speak(guarded(silent()), GOOD, kind="websocket") == [later]


PATHS = [
    ("/healthz", True),
    ("/static/logo.svg", True),
    ("/healthz/", False),
    ("/healthz/more", False),
    ("/static", False),
    ("/static/../invoices", False),
    ("/static//invoices", False),
    ("/", False),
    ("", False),
]


@pytest.mark.parametrize(("path", "public"), PATHS)
def test_a_path_is_public_only_as_it_was_named(path: str, public: bool) -> None:
    app = guarded(public_paths=["/healthz", "/static/*"])

    assert app.is_public(path) is public
    assert (speak(app, path=path) == [{"type": "told", "subject": None}]) is public


def test_what_comes_in_cannot_bring_an_identity_along() -> None:
    app = guarded(public_paths=["/healthz"])

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "identity": "root"}, receive, send)

    assert speak(outer, path="/healthz") == [{"type": "told", "subject": None}]


def test_the_feed_is_followed_while_the_application_lives() -> None:
    verifier = FakeServer().verifier(polled=False)
    ran: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ran.append(verifier._follower.runs())

    speak(IdentityMiddleware(app, verifier=verifier), kind="lifespan")

    assert ran == [True]
    assert not verifier._follower.runs()


@requires(["authenticated", "invoices"])
async def invoices(request: Request) -> Response:
    return JSONResponse([request.user.display_name, request.user.identity, request.user.has_role("clerk")])


async def starlette(scope: Scope, receive: Receive, send: Send) -> None:
    await (await invoices(Request(scope)))(scope, receive, send)


def backed(verifier: Verifier) -> AuthenticationMiddleware:
    return AuthenticationMiddleware(starlette, backend=IdentityBackend(verifier), on_error=refuse)


def test_starlette_knows_who_asks_and_her_scopes() -> None:
    start, body = speak(backed(FakeServer().verifier()), GOOD)

    assert (start["status"], json.loads(body["body"])) == (200, [ALICE, ALICE, True])


def test_starlette_keeps_out_who_has_no_token_or_not_the_scope() -> None:
    verifier = FakeServer().verifier()

    for sent in ([], ["Basic YTpi"], [f"Bearer {token(scope='api')}"]):
        with pytest.raises(Exception, match="403"):
            speak(backed(verifier), *sent)


def test_starlette_answers_a_bad_token_as_the_other_adapters_do() -> None:
    assert problem(speak(backed(FakeServer().verifier()), "Bearer rubbish"))[:2] == (401, "token_not_valid")
    assert problem(speak(backed(silent()), GOOD))[:2] == (503, "unavailable")


def test_an_error_of_somebody_elses_is_a_no_too() -> None:
    assert refuse(HTTPConnection({"type": "http"}), AuthenticationError("no")).status_code == 401
