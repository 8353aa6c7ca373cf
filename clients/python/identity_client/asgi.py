"""For any ASGI application, Starlette's and FastAPI's among them: `app.add_middleware(IdentityMiddleware, verifier=verifier)`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from identity_client.claims import Claims
from identity_client.errors import InvalidToken, VerifierUnavailable
from identity_client.refusals import INVALID, MISSING, UNAVAILABLE, Refusal, token_in
from identity_client.verifier import Verifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013


class IdentityMiddleware:
    """Lets in who has a valid token, with her `Claims` in `scope["identity"]`; refuses the rest itself.

    A path in `public_paths` is let in unseen, with None there. One that ends in `*` stands for all that begin so.
    """

    def __init__(self, app: App, *, verifier: Verifier, public_paths: Iterable[str] = ()) -> None:
        self._app, self._verifier = app, verifier
        paths = tuple(public_paths)
        self._exact = frozenset(path for path in paths if not path.endswith("*"))
        self._beginnings = tuple(path[:-1] for path in paths if path.endswith("*"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        else:
            judged = None if self.is_public(scope["path"]) else await judge(self._verifier, _authorization(scope))
            if isinstance(judged, Refusal):
                await _refuse(judged, scope, receive, send)
            else:
                await self._app({**scope, "identity": judged}, receive, send)

    def is_public(self, path: str) -> bool:
        # What a router or a server behind may fold into another path is not public.
        plain = ".." not in path.split("/") and "//" not in path
        return path in self._exact or (plain and path.startswith(self._beginnings))

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._verifier.start()
        try:
            await self._app(scope, receive, send)
        finally:
            await asyncio.to_thread(self._verifier.stop)


async def judge(verifier: Verifier, authorization: str) -> Claims | Refusal:
    """In a thread, since it may have to read the keys, and the loop must not wait for that."""
    raw = token_in(authorization)
    if raw is None:
        return MISSING
    try:
        return await asyncio.to_thread(verifier.verify, raw)
    except InvalidToken:
        return INVALID
    except VerifierUnavailable:
        return UNAVAILABLE


def _authorization(scope: Scope) -> str:
    # Two headers become one that is no token: nobody may choose which of them counts.
    found = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
    return ", ".join(found)


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        code = TRY_AGAIN_LATER if refusal is UNAVAILABLE else POLICY_VIOLATION
        await send({"type": "websocket.close", "code": code, "reason": refusal.code})
        return
    headers = {"Content-Type": "application/problem+json", "Content-Length": str(len(refusal.body)), **refusal.headers}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status.value, "headers": encoded})
    await send({"type": "http.response.body", "body": refusal.body})
