"""What every request passes on its way in and out: its id, its size, and the headers that keep browsers out of trouble."""

import re
from collections.abc import Callable
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from structlog.contextvars import bound_contextvars

from common.http import problems
from common.http.programs import is_for_programs
from common.http.translations import MALFORMED, TOO_LARGE, Problem
from common.identifiers import uuid7

Next = Callable[[HttpRequest], HttpResponse]
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LENGTH = re.compile(r"[0-9]{1,18}")
# Of a body that is too large, so much is let go of before the line is cut.
LISTENS_TO = 16 * 1024 * 1024
CHUNK = 64 * 1024
# A browser that is led astray must not have these to give away.
CLOSED = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: Django's CSRF check over HTTPS wants to see that a form came from here.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in CLOSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
WRONG_CHARSET = Problem(status=415, code="unsupported_media_type", title="Bodies are UTF-8")


class RequestId:
    """One name for the request, in its answer, in every log line and on every event: the caller's if it is sane."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("HTTP_X_REQUEST_ID", "")
        name = said if SANE_ID.fullmatch(said) else str(uuid7())
        request.request_id = name  # type: ignore[attr-defined]  # read by common.http.actors
        # Whoever else reads the header (the request logger) reads the same.
        request.META["HTTP_X_REQUEST_ID"] = name
        with bound_contextvars(request_id=name):
            response = self.get_response(request)
        response["X-Request-ID"] = name
        return response


class SecurityHeaders:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if is_for_programs(request):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class Slashes(CommonMiddleware):
    """Adds the slash that people forget. Programs are told 404: the redirect would turn their POST into a GET."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not is_for_programs(request) and super().should_redirect_with_slash(request)


class BodyLimit:
    """Refuses bodies that are too large before they are read, and those whose length or charset is not what it says."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        fault = self._fault(request)
        return problems.refusal(request, fault) if fault else self.get_response(request)

    def _fault(self, request: HttpRequest) -> Problem | None:
        # Django decodes even the query in the charset that the body claims, and some of Python's charsets are not for text.
        if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            return WRONG_CHARSET
        length = request.META.get("CONTENT_LENGTH") or ""
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return MALFORMED if length else _take_chunks(request)
        if length and not LENGTH.fullmatch(length):
            return MALFORMED
        return _turned_away(request) if int(length or 0) > settings.BODY_LIMIT else None


def _turned_away(request: HttpRequest) -> Problem:
    """Let go of some of it first: many clients look for the answer only when they have said all, and would see a cut line."""
    stream, left = request.META["wsgi.input"], LISTENS_TO
    while left > 0 and (part := stream.read(min(left, CHUNK))):
        left -= len(part)
    return TOO_LARGE


def _take_chunks(request: HttpRequest) -> Problem | None:
    """Read a body of unknown length as far as it may go; Django itself reads none without a Content-Length."""
    body = request.META["wsgi.input"].read(settings.BODY_LIMIT + 1)
    if len(body) > settings.BODY_LIMIT:
        return TOO_LARGE
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001  # Django has no public door for it
    return None
