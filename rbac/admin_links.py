"""Where one page of staff leads to another, for those whom the other lets in."""

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from common.http.places import places_of

EXPLAINS = "decision:evaluate"


def to_explain(request: HttpRequest, **asked: UUID) -> dict[str, str]:
    """The link of a section to the form that explains decisions, filled in so far; nothing for who may not ask."""
    if not places_of(request, EXPLAINS):
        return {}
    return {
        "link": "Explain a decision",
        "address": f"{reverse('admin:rbac_explain')}?{urlencode({name: str(value) for name, value in asked.items()})}",
    }
