"""Optimistic locking over HTTP: a resource's version is its ETag, and `If-Match` says which one the caller has seen."""

import re

from django.http import HttpRequest
from rest_framework.request import Request

from common.errors import VersionMismatch

# Strong tags only: If-Match compares strongly (RFC 9110, section 13.1.1), so W/"3" never matches.
_OURS = re.compile(r'"(0|[1-9]\d{0,17})"', re.ASCII)


def etag_of(version: int) -> str:
    return f'"{version}"'


def expected_version(request: Request | HttpRequest) -> int | None:
    """The version that `If-Match` asks for, None where any will do; `VersionMismatch` where none of ours could match."""
    said = request.headers.get("If-Match", "*").strip()
    if said == "*":
        return None
    ours = _OURS.fullmatch(said)
    if not ours:
        raise VersionMismatch
    return int(ours[1])
