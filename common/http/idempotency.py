"""`Idempotency-Key`: a POST that creates can be sent again after a lost answer, and gets the first answer again."""

import json
import re
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import DomainError
from common.http.actors import caller_of
from common.idempotency import Answer, IdempotencyKeyReused, Store

__all__ = ["Answer", "IdempotencyKeyReused", "InvalidIdempotencyKey", "idempotent"]

HEADER = "Idempotency-Key"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
REMEMBERED_HEADERS = ("ETag", "Location")

View = Callable[..., Response]


class InvalidIdempotencyKey(DomainError):
    code = "invalid_idempotency_key"
    title = "An Idempotency-Key is 1 to 255 visible ASCII characters"


def idempotent(post: View) -> Callable[..., HttpResponse]:
    """For `post` of a view that creates. Only success is remembered: whoever was refused may mend it and try again."""

    @wraps(post)
    def answer_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request, *args, **kwargs)
        if not VISIBLE.fullmatch(key):
            raise InvalidIdempotencyKey
        first: list[Response] = []

        def run() -> Answer:
            first.append(post(view, request, *args, **kwargs))
            return _answer(first[0])

        answer = _store().remember(
            caller=caller_of(request), key=key, request_digest=_digest(request), run=run, at=timezone.now()
        )
        return first[0] if first else _again(answer)

    answer_once.is_idempotent = True  # type: ignore[attr-defined]  # read by the schema
    return answer_once


def _store() -> Store:
    return cast("Store", import_module(settings.IDEMPOTENCY_STORE))


def _digest(request: Request) -> str:
    """Keyed, because the body may hold a password, and a bare hash of one can be tried out at leisure."""
    said = json.dumps([request.method, request.get_full_path(), request.data], sort_keys=True, separators=(",", ":"))
    return salted_hmac(HEADER, said, algorithm="sha256").hexdigest()


def _answer(response: Response) -> Answer:
    return Answer(
        status=response.status_code,
        headers={name: response[name] for name in REMEMBERED_HEADERS if name in response},
        body=JSONRenderer().render(response.data),
    )


def _again(answer: Answer) -> HttpResponse:
    headers = {"Content-Type": JSONRenderer.media_type, **answer.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(answer.body, status=answer.status, headers=headers)
