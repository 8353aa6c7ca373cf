"""The facts that tokens publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class SessionEvent(DomainEvent):
    subject_type: ClassVar[str] = "session"

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionStarted(SessionEvent):
    kind: ClassVar[str] = "tokens.session.started"

    client_id: str
    device_name: str
    amr: list[str]


@dataclass(frozen=True, kw_only=True)
class SessionEnded(SessionEvent):
    kind: ClassVar[str] = "tokens.session.ended"

    reason: str


@dataclass(frozen=True, kw_only=True)
class RefreshTokenReused(SessionEvent):
    """Two parties held one chain of refresh tokens. The session has ended (`SessionEnded` is published beside this)."""

    kind: ClassVar[str] = "tokens.refresh_token.reused"

    presented: int
    expected: int


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(DomainEvent):
    """All sessions of one person ended at once, but for `kept`. One fact however many they were; the rows tell which."""

    kind: ClassVar[str] = "tokens.session.all_ended"
    subject_type: ClassVar[str] = "user"

    reason: str
    count: int
    kept: UUID | None


@dataclass(frozen=True, kw_only=True)
class SigningKeyEvent(DomainEvent):
    subject_type: ClassVar[str] = "signing_key"

    kid: str
    algorithm: str


@dataclass(frozen=True, kw_only=True)
class SigningKeyAdded(SigningKeyEvent):
    """A key is published. It signs once every cache of the key set can have heard of it."""

    kind: ClassVar[str] = "tokens.signing_key.added"


@dataclass(frozen=True, kw_only=True)
class SigningKeyActivated(SigningKeyEvent):
    kind: ClassVar[str] = "tokens.signing_key.activated"


@dataclass(frozen=True, kw_only=True)
class SigningKeyRetired(SigningKeyEvent):
    kind: ClassVar[str] = "tokens.signing_key.retired"


@dataclass(frozen=True, kw_only=True)
class SigningKeyRemoved(SigningKeyEvent):
    """Nothing that it signed is valid any more: its time had run out, or (`emergency`) it is not trusted any longer."""

    kind: ClassVar[str] = "tokens.signing_key.removed"

    emergency: bool
