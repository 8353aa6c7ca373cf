"""The facts that tokens publishes."""

from dataclasses import dataclass
from datetime import datetime
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
class SessionUnfamiliar(SessionEvent):
    """A session began on a device and at an address that none of her kept ones shows together. Perhaps she should hear of it."""

    kind: ClassVar[str] = "tokens.session.unfamiliar"


@dataclass(frozen=True, kw_only=True)
class SessionRolesActivated(SessionEvent):
    """From now on the session uses just these roles of hers; None for all that may go together."""

    kind: ClassVar[str] = "tokens.session.roles_activated"

    roles: list[str] | None


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
class CredentialEvent(DomainEvent):
    """Something that happened to one secret of a service account. The secret itself is in no fact."""

    subject_type: ClassVar[str] = "credential"

    service_account_id: UUID


@dataclass(frozen=True, kw_only=True)
class CredentialAdded(CredentialEvent):
    kind: ClassVar[str] = "tokens.credential.added"

    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CredentialRefused(DomainEvent):
    """Somebody asked for a secret of a machine that holds what she does not: with it she would have gained just this."""

    kind: ClassVar[str] = "tokens.credential.refused"
    subject_type: ClassVar[str] = "service_account"

    missing: list[str]


@dataclass(frozen=True, kw_only=True)
class CredentialRevoked(CredentialEvent):
    """It opens nothing any more, and the tokens that were bought with it are dead."""

    kind: ClassVar[str] = "tokens.credential.revoked"


@dataclass(frozen=True, kw_only=True)
class CredentialTokensEnded(CredentialEvent):
    """The tokens that were bought with it until now are dead; it is good for new ones."""

    kind: ClassVar[str] = "tokens.credential.tokens_ended"


@dataclass(frozen=True, kw_only=True)
class ApiKeyEvent(DomainEvent):
    """Something that happened to a person's key. The key itself is in no fact, nor the name that she gave it."""

    subject_type: ClassVar[str] = "api_key"

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(ApiKeyEvent):
    """`scopes` are the patterns that what she may is cut down to."""

    kind: ClassVar[str] = "tokens.api_key.created"

    scopes: list[str]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(ApiKeyEvent):
    kind: ClassVar[str] = "tokens.api_key.revoked"

    reason: str


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
