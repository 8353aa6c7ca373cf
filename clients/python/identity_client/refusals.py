"""The answers to a request that is not let in, and where in a request the token stands; for all adapters alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

RETRY_AFTER = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """One RFC 9457 problem. `code` is the server's own for the same thing."""

    status: HTTPStatus
    code: str
    detail: str
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        problem = {"type": "about:blank", "title": self.status.phrase, "status": self.status.value}
        return json.dumps(problem | {"detail": self.detail, "code": self.code}).encode()


# RFC 6750, section 3.1: who sent no token hears of no error.
MISSING = Refusal(HTTPStatus.UNAUTHORIZED, "not_authenticated", "A token is needed.", {"WWW-Authenticate": "Bearer"})
INVALID = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "token_not_valid",
    "The token is not valid.",
    {"WWW-Authenticate": 'Bearer error="invalid_token"'},
)
UNAVAILABLE = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    "Tokens cannot be checked just now.",
    {"Retry-After": str(RETRY_AFTER)},
)


def token_in(authorization: str) -> str | None:
    """None where the header speaks of something else. What is no token is left for `verify` to refuse."""
    scheme, _, rest = authorization.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else None
