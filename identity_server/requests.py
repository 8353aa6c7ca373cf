"""One log line for each request, with its id, its person and its answer, and nothing of what a link or a query may hold."""

import logging
from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django_structlog.app_settings import app_settings
from django_structlog.middlewares import RequestMiddleware
from django_structlog.signals import bind_extra_request_metadata
from structlog.contextvars import bind_contextvars

from common.http.actors import request_id_of

LOG = logging.getLogger(RequestMiddleware.__module__)
SECRETS_IN_PATHS = ("token", "key", "uidb64")


class RequestLog(RequestMiddleware):
    def prepare(self, request: HttpRequest) -> None:
        """The line of its beginning, where anybody wants it; all that the other lines need, `RequestId` has bound already."""
        if LOG.isEnabledFor(app_settings.STATUS_START_LOG_LEVEL):
            super().prepare(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path without the query; the parts of a path that are somebody's secret are masked by their name."""
        path = request.path
        kwargs = request.resolver_match.kwargs if request.resolver_match else {}
        for secret in filter(None, map(kwargs.get, SECRETS_IN_PATHS)):
            path = path.replace(str(secret), "[masked]")
        return f"{request.method} {path}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Names her where the request has found out who she is; the log itself asks no database, which may be down."""
        user = request.__dict__.get("user")
        known = getattr(request, "_cached_user", None) if isinstance(user, SimpleLazyObject) else user
        if known is not None and known.pk:
            bind_contextvars(user_id=str(known.pk))


@receiver(bind_extra_request_metadata)
def bind_the_id_that_the_caller_sees(request: HttpRequest, **_: Any) -> None:
    bind_contextvars(request_id=request_id_of(request))
