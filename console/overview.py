"""The first page of the staff site: a few figures, what happened last, and where else to look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from console import navigation, selectors
from events.models import Event

LINKS = [
    {"title": "API documentation", "icon": "api", "href": "/api/v1/docs/"},
    {"title": "OpenAPI schema", "icon": "data_object", "href": "/api/v1/schema/"},
    {"title": "Public keys (JWKS)", "icon": "vpn_key", "href": "/.well-known/jwks.json"},
    {"title": "Readiness", "icon": "monitor_heart", "href": "/readyz"},
]


def context(request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    return {"figures": _figures(request, at=at), "recent": _recent(request), "links": LINKS}


def _figures(request: HttpRequest, *, at: datetime) -> list[dict[str, Any]]:
    return [
        {"figure": figure, "href": address + figure.query}
        for figure in selectors.figures(at=at)
        if (address := navigation.address_of(request, figure.model))
    ]


def _name(event: Event, names: Mapping[UUID, str]) -> str:
    return names.get(event.actor_id, event.actor_kind) if event.actor_id else event.actor_kind


def _recent(request: HttpRequest) -> dict[str, Any] | None:
    address = navigation.address_of(request, "events.Event")
    if not address:
        return None
    events = selectors.recent_events()
    sees_people = request.user.has_perm("accounts.view_user")
    names = selectors.addresses_of(event.actor_id for event in events) if sees_people else {}
    lines = [{"event": event, "href": f"{address}{event.pk}/change/", "by": _name(event, names)} for event in events]
    return {"href": address, "lines": lines}
