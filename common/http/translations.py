"""What each error means to the caller: ours, DRF's, Django's and the database's, each as a `Problem`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, singledispatch
from http import HTTPStatus
from typing import Any

from django.core import exceptions as core
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions as drf

from common.errors import DomainError, FieldError
from common.http.actors import request_id_of

BEARER = 'Bearer realm="api"'
# Deadlocks and failed serialisations are over at once; a database that is gone takes a moment to come back.
RETRY_AT_ONCE = frozenset({"40001", "40P01"})
READ_ONLY = "25006"
# The contract promises Retry-After with these, so a refusal that names no time gets one.
SOON = {429: 1, 503: 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    status: int
    code: str
    title: str
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request: HttpRequest) -> dict[str, object]:
        said: dict[str, object] = {
            "type": f"urn:identity-server:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "instance": request.path,
            "code": self.code,
            "request_id": request_id_of(request),
        }
        if self.errors:
            said["errors"] = [{"field": e.field, "code": e.code, "detail": e.detail} for e in self.errors]
        return {**self.members, **said}


UNEXPECTED = Problem(status=500, code="internal_error", title="Something went wrong on our side")


@singledispatch
def problem_of(error: BaseException) -> Problem | None:
    """How `error` is told to the caller; None for what nobody foresaw."""
    del error
    return None


@problem_of.register
def _(error: DomainError) -> Problem:
    headers: dict[str, str] = {}
    wait = SOON.get(error.status) if error.retry_after is None else max(1, error.retry_after)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = BEARER
    return Problem(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        members=error.members,
        headers=headers,
    )


@problem_of.register
def _(error: drf.APIException) -> Problem:
    code = getattr(error.detail, "code", None) or error.default_code
    title = HTTPStatus(error.status_code).phrase  # DRF's own words hold blanks to be filled in
    return Problem(status=error.status_code, code=str(code), title=title, detail=str(error.detail))


@problem_of.register
def _(error: drf.ValidationError) -> Problem:
    errors = tuple(_field_errors(error.detail))
    # The contract promises this code by name; whoever sends a stray field is told so before all else.
    unknown = any(each.code == "unknown_field" for each in errors)
    code, title = ("unknown_field", "The request has an unknown field") if unknown else ("invalid", DomainError.title)
    detail = "; ".join(f"{e.field}: {e.detail}" if e.field else e.detail for e in errors[:3])
    return Problem(status=400, code=code, title=title, detail=detail, errors=errors)


def _field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _field_errors(inner, path if name == "non_field_errors" else _joined(path, name))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            is_leaf = isinstance(inner, str)
            yield from _field_errors(inner, path if is_leaf else _joined(path, place))
    else:
        yield FieldError(field=path, code=getattr(detail, "code", None) or "invalid", detail=str(detail))


def _joined(path: str, step: object) -> str:
    return f"{path}.{step}" if path else str(step)


@problem_of.register
def _(error: drf.NotAuthenticated) -> Problem:
    return Problem(
        status=401,
        code="not_authenticated",
        title="You have to sign in",
        detail=str(error.detail),
        headers={"WWW-Authenticate": BEARER},
    )


@problem_of.register
def _(error: drf.AuthenticationFailed) -> Problem:
    said = error.detail.get("detail", "") if isinstance(error.detail, dict) else error.detail
    code = getattr(said, "code", None) or error.default_code
    return Problem(
        status=401,
        code=str(code),
        title="The credentials are not valid",
        detail=str(said),
        # RFC 6750, section 3.1: credentials were shown, and they are no good.
        headers={"WWW-Authenticate": f'{BEARER}, error="invalid_token"'},
    )


@problem_of.register
def _(error: drf.Throttled) -> Problem:
    wait = math.ceil(getattr(error, "wait", None) or 1)
    return Problem(
        status=429,
        code="throttled",
        title="Too many requests",
        detail=str(error.detail),
        headers={"Retry-After": str(max(1, wait))},
    )


@problem_of.register
def _(error: drf.ParseError) -> Problem:
    code = getattr(error.detail, "code", None) or "malformed"
    return Problem(status=400, code=str(code), title="The request cannot be read", detail=str(error.detail))


@problem_of.register(drf.PermissionDenied)
@problem_of.register(core.PermissionDenied)
def _(error: Exception) -> Problem:
    return Problem(status=403, code="permission_denied", title="You may not do this", detail=_words(error))


def _words(error: Exception) -> str:
    return str(getattr(error, "detail", ""))


NOT_FOUND = Problem(status=404, code="not_found", title="There is no such resource")
MALFORMED = Problem(status=400, code="malformed", title="The request cannot be read")
TOO_LARGE = Problem(status=413, code="too_large", title="The request is too large")
TOO_MANY_FIELDS = Problem(status=400, code="too_many_fields", title="The request has too many fields")
OUT_OF_RANGE = Problem(status=400, code="invalid", title=DomainError.title, detail="A value is out of range.")
ALWAYS: dict[type[Exception], Problem] = {
    drf.NotFound: NOT_FOUND,
    Http404: NOT_FOUND,
    core.SuspiciousOperation: MALFORMED,
    core.BadRequest: MALFORMED,
    MultiPartParserError: MALFORMED,
    UnreadablePostError: MALFORMED,
    UnicodeError: MALFORMED,
    core.RequestDataTooBig: TOO_LARGE,
    core.TooManyFieldsSent: TOO_MANY_FIELDS,
    core.TooManyFilesSent: TOO_MANY_FIELDS,
    DataError: OUT_OF_RANGE,
}
for _error, _problem in ALWAYS.items():
    problem_of.register(_error, partial(lambda told, _: told, _problem))


@problem_of.register(OperationalError)
@problem_of.register(InterfaceError)
def _(error: Exception) -> Problem:
    wait = "1" if _sqlstate(error) in RETRY_AT_ONCE else "5"
    return Problem(
        status=503,
        code="unavailable",
        title="The database does not answer",
        detail="Nothing was changed. Try again in a moment.",
        headers={"Retry-After": wait},
    )


@problem_of.register
def _(error: DatabaseError) -> Problem | None:
    # After a failover the old primary refuses writes with an InternalError.
    return problem_of(OperationalError()) if _sqlstate(error) == READ_ONLY else None


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
