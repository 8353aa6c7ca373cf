"""Refusals that the caller can act on. `common.http.problems` turns them into HTTP, in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the input; `field` is its JSON name, dotted where it is nested."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal. `code` is part of the API and never changes; `detail` is for a person and holds no secret.

    `members` are further fields of the answer that a client can act on, such as the permission that is missing.
    """

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request is not valid"
    members: Mapping[str, object] = MappingProxyType({})

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), retry_after: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that left a mark in the audit trail. It is returned: raised, it would undo the mark on its way out."""

    error: DomainError


class Invalid(DomainError):
    code = "invalid"


class InvalidScope(Invalid):
    code = "invalid_scope"
    title = "A scope is a path such as / or /acme/eu"

    def __init__(self, fault: str = "") -> None:
        super().__init__(fault, errors=[FieldError("scope", self.code, fault or self.title)])


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = "There is no such resource"


class PermissionRefused(DomainError):
    code = "permission_denied"
    status = 403
    title = "You may not do this"


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = "The request conflicts with the present state"


class VersionMismatch(DomainError):
    """The resource has changed since the caller read it (RFC 9110, section 13.1.1)."""

    code = "precondition_failed"
    status = 412
    title = "The resource has changed since you read it"


class TooManyRequests(DomainError):
    code = "throttled"
    status = 429
    title = "Too many requests"


class Unavailable(DomainError):
    """A dependency failed. Nothing was done; the caller may try again after `retry_after` seconds."""

    code = "unavailable"
    status = 503
    title = "A service that this needs does not answer"

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        super().__init__(detail, retry_after=retry_after)


class Overloaded(Unavailable):
    """More is asked at once than this machine does. Nothing was done or counted; a moment later there may be room."""

    code = "busy"
    title = "This server is busy"

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)
