"""With what this service asks for the feed: a secret that it was given, or tokens that it gets for one."""

import math
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote_plus

from identity_client.clock import Clock
from identity_client.errors import VerifierUnavailable
from identity_client.web import Server, document

PATH = "/oauth2/token"
# A token is renewed when this share of its life is over.
USED_UP = 0.8
USUAL_LIFE = 60


class Credential(Protocol):
    def current(self) -> str: ...

    def forget(self) -> bool:
        """The server refused it. Whether there may be another now."""
        ...


class Given:
    """A string stays what it is; a callable is asked each time."""

    def __init__(self, found: str | Callable[[], str]) -> None:
        self._found = found

    def current(self) -> str:
        return (self._found if isinstance(self._found, str) else self._found()).strip()

    def forget(self) -> bool:
        return not isinstance(self._found, str)


class ClientCredentials:
    """Buys access tokens with a client's secret (RFC 6749, section 4.4)."""

    def __init__(self, server: Server, clock: Clock, *, client_id: str, client_secret: str) -> None:
        self._server, self._now = server, clock.steady
        # RFC 6749, section 2.3.1: both are form-encoded before they are put together.
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        self._basic = b64encode(pair.encode()).decode()
        self.forget()

    def current(self) -> str:
        if self._now() >= self._renew_at:
            self._buy()
        return self._token

    def forget(self) -> bool:
        self._token, self._renew_at = "", -math.inf
        return True

    def _buy(self) -> None:
        began = self._now()
        headers = {"Authorization": f"Basic {self._basic}", "Accept": "application/json"}
        answer = self._server.ask(PATH, headers=headers, form={"grant_type": "client_credentials"})
        said = document(answer, what="an access token")
        token, life = said.get("access_token"), said.get("expires_in", USUAL_LIFE)
        if not isinstance(token, str) or not isinstance(life, int | float):
            raise VerifierUnavailable("The identity server's answer for an access token cannot be read.")
        self._token, self._renew_at = token, began + life * USED_UP
