"""What a checked token says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claims:
    """Who asks, by which session and client. `raw` is all that the token says.

    `roles` are those held everywhere; with `roles_omitted` she has more than fit into a token, so ask the server.
    """

    subject: str
    session_id: str
    client_id: str
    token_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    roles_omitted: bool
    issued_at: int
    expires_at: datetime
    raw: Mapping[str, Any] = field(compare=False)

    def has_scope(self, name: str) -> bool:
        return name in self.scopes

    def has_role(self, name: str) -> bool:
        return name in self.roles

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        """From checked claims. What has not our server's form raises KeyError, TypeError, ValueError, OverflowError or OSError."""
        return cls(
            subject=identifier(raw["sub"]),
            session_id=identifier(raw["sid"]),
            client_id=_text(raw["client_id"]),
            token_id=_text(raw["jti"]),
            scopes=frozenset(_text(raw.get("scope", "")).split()),
            roles=frozenset(_texts(raw.get("roles", []))),
            roles_omitted=raw.get("roles_omitted", False) is not False,
            issued_at=raw["iat"],
            expires_at=datetime.fromtimestamp(raw["exp"], UTC),
            raw=MappingProxyType(raw),
        )


def identifier(found: object) -> str:
    """A UUID in its one usual spelling, so that a token and the feed cannot mean one thing and spell it two ways."""
    return str(UUID(_text(found)))


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError("not a string")
    return found


def _texts(found: object) -> list[str]:
    if not isinstance(found, list):
        raise TypeError("not a list")
    return [_text(one) for one in found]
