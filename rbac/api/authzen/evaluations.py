"""Many questions, as many decisions, with one look-up for all that they are about."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import DomainError, PermissionRefused
from rbac.api.authzen import batch, documents, evaluation, forms, reasons
from rbac.api.authzen.asking import Asker
from rbac.api.authzen.batch import Answer
from rbac.api.authzen.forms import Malformed
from rbac.api.authzen.frame import AuthZenView
from rbac.selectors import Asked

Judged = Asked | DomainError


class Evaluations(AuthZenView):
    """An item that cannot be read, or that is not the caller's to ask, is answered `false` with its error; the others are decided.

    A body without `evaluations`, or with an empty list, is one question, and answered as such.
    """

    @extend_schema(request=documents.Evaluations, responses={200: documents.Decisions, **documents.REFUSED})
    def post(self, request: Request) -> Response:
        asked, asker, at = batch.read(request.data), Asker(request), timezone.now()
        if asked is None:
            return Response(evaluation.decided(forms.question(request.data), asker=asker, at=at))
        found = _answers([_judged(item, asker) for item in asked.items], asker=asker, at=at)
        return Response({"evaluations": list(batch.told(found, asked.semantic))})


def _judged(item: Asked | Malformed, asker: Asker) -> Judged:
    if isinstance(item, Malformed):
        return item
    try:
        asker.demand(item.kind, item.subject_id, item.scope)
    except PermissionRefused as refusal:
        return refusal
    return item


def _answers(judged: Sequence[Judged], *, asker: Asker, at: datetime) -> Iterable[Answer]:
    if all(isinstance(each, PermissionRefused) for each in judged):
        # Whoever may ask none of it is told so as for one question, and not a thousand times over with a 200.
        raise judged[0]  # type: ignore[misc]  # the line above has seen that it is an error
    decisions = iter(asker.decisions([each for each in judged if isinstance(each, Asked)], at=at))
    for each in judged:
        if isinstance(each, Asked):
            sight = asker.sight_of(each.kind, each.subject_id)
            yield reasons.answer(next(decisions), sight=sight, at=at)
        else:
            yield batch.failed(each)
