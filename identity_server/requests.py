"""What is told of each request: one log line with its id, its person and its answer, and one count with its time."""

import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from identity_server import counting

Next = Callable[[HttpRequest], HttpResponse]
LOG = structlog.get_logger(__name__)
SECRETS_IN_PATHS = ("token", "key", "uidb64")
# As Django does: they are answers, and nothing has failed.
ANSWERS = (Http404, PermissionDenied)


class Observed:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        counting.count(request, response, seconds=time.perf_counter() - began)
        LOG.info("request_finished", code=response.status_code, **told(request))
        return response


@receiver(got_request_exception)
def tell_failure(request: HttpRequest, **_: object) -> None:
    """The line of its end follows; this one says why."""
    failure = sys.exception()
    if not isinstance(failure, ANSWERS):
        LOG.error("request_failed", exc_info=failure, **told(request))


def told(request: HttpRequest) -> dict[str, str]:
    """What it was, and who asked, where the request has found out who that is: the log asks no database, which may be down."""
    person = _known(request)
    return {"request": _named(request)} | ({"user_id": str(person.pk)} if person is not None and person.pk else {})


def _named(request: HttpRequest) -> str:
    """Method and path without the query; the parts of a path that are somebody's secret are masked by their name."""
    path = request.path
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    for secret in filter(None, map(kwargs.get, SECRETS_IN_PATHS)):
        path = path.replace(str(secret), "[masked]")
    return f"{request.method} {path}"


def _known(request: HttpRequest) -> Any:
    user = request.__dict__.get("user")
    return getattr(request, "_cached_user", None) if isinstance(user, SimpleLazyObject) else user
