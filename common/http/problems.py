"""Every refusal as `application/problem+json` (RFC 9457): in DRF, in middleware, and where a path leads to no view."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.response import Response
from rest_framework.status import is_server_error

from common.errors import Overloaded
from common.http.programs import is_for_programs
from common.http.translations import MALFORMED, NOT_FOUND, UNEXPECTED, Problem, problem_of

CONTENT_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


def _log(error: BaseException, problem: Problem) -> None:
    if isinstance(error, Overloaded):
        log.info("request refused, more is asked than can be done")
    elif is_server_error(problem.status):
        log.error("request refused for a failing dependency", exc_info=error)
    elif isinstance(error, DataError | UnicodeError):
        log.warning("a value got past validation", exc_info=error)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. What nobody foresaw goes on to Django, which logs it and asks `server_error`."""
    problem = problem_of(error)
    if problem is None:
        return None
    _log(error, problem)
    said = problem.body(context["request"])
    return Response(said, status=problem.status, headers=dict(problem.headers), content_type=CONTENT_TYPE)


def refusal(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The same words outside of DRF: in middleware, and for paths that lead to no view."""
    said = problem.body(request)
    return JsonResponse(said, status=problem.status, headers=dict(problem.headers), content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if is_for_programs(request):
        return refusal(request, problem_of(exception) or MALFORMED)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if is_for_programs(request):
        return refusal(request, problem_of(PermissionDenied()) or UNEXPECTED)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if is_for_programs(request):
        return refusal(request, NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Called while the error is being handled, so a database that is gone can be told from a bug."""
    error = sys.exc_info()[1]
    problem = (problem_of(error) if error else None) or UNEXPECTED
    if is_for_programs(request):
        return refusal(request, problem)
    answer = defaults.server_error(request)
    answer.status_code = problem.status
    for name, value in problem.headers.items():
        answer[name] = value
    return answer
