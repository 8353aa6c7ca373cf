"""One question, one decision."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rbac.api.authzen import documents, forms, reasons
from rbac.api.authzen.asking import Asker
from rbac.api.authzen.frame import AuthZenView
from rbac.selectors import Asked


class Evaluation(AuthZenView):
    """Takes `decision:evaluate`; anybody may ask about herself. Who is unknown may nothing: that is a decision, not an error."""

    @extend_schema(request=documents.Evaluation, responses={200: documents.Decision, **documents.REFUSED})
    def post(self, request: Request) -> Response:
        return Response(decided(forms.question(request.data), asker=Asker(request), at=timezone.now()))


def decided(asked: Asked, *, asker: Asker, at: datetime) -> dict[str, Any]:
    asker.demand(asked.kind, asked.subject_id, asked.scope)
    [decision] = asker.decisions([asked], at=at)
    return reasons.answer(decision, sight=asker.sight_of(asked.kind, asked.subject_id), at=at)
