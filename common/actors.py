"""Who asks: a plain value that views make and services pass on, so that no service needs a request."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, from where, in which request.

    `id` is the user's or service account's id, None for the system and for strangers. `label` is what staff reads in
    the audit trail (an id or a command's name, never personal data). `ip` is the client's address as told by a trusted
    proxy. `request_id` ties the log lines, the events and the answer of one request together. `bounds` are the patterns
    that his proof is good for (an API key's scopes); None where it is good for all that he holds. `session_roles` are the
    roles that his session has activated; None where he made no choice.
    """

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""
    session_id: UUID | None = None
    bounds: frozenset[str] | None = None
    session_roles: frozenset[UUID] | None = None

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM


SYSTEM = Actor(kind=ActorKind.SYSTEM, label="system")
