"""The first page of the staff site: a few figures, what happened last, and where else to look."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.timesince import timesince

from common.http.places import places_of
from console import navigation, selectors
from events.models import Event

MINUTE = timedelta(minutes=1)
LINKS = [
    {"title": "API documentation", "icon": "api", "href": "/api/v1/docs/"},
    {"title": "OpenAPI schema", "icon": "data_object", "href": "/api/v1/schema/"},
    {"title": "Public keys (JWKS)", "icon": "vpn_key", "href": "/.well-known/jwks.json"},
    {"title": "Readiness", "icon": "monitor_heart", "href": "/readyz"},
]


def context(request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    return {"figures": _figures(request, at=at), "recent": _recent(request, at=at), "links": LINKS}


def _figures(request: HttpRequest, *, at: datetime) -> list[dict[str, Any]]:
    return [
        {"figure": figure, "href": address + figure.query}
        for figure in selectors.figures(places_of=partial(places_of, request), at=at)
        if (address := navigation.address_of(request, figure.model))
    ]


def _recent(request: HttpRequest, *, at: datetime) -> dict[str, Any] | None:
    address = navigation.address_of(request, "events.Event")
    if not address:
        return None
    events = selectors.recent_events()
    sees_people = request.user.has_perm("accounts.view_user")
    names = selectors.addresses_of(event.actor_id for event in events) if sees_people else {}
    lines = [
        {"kind": event.kind, "href": f"{address}{event.pk}/change/", "by": _by(event, names), "ago": ago(event, at=at)}
        for event in events
    ]
    return {"href": address, "lines": lines}


def _by(event: Event, names: Mapping[UUID, str]) -> str:
    return names.get(event.actor_id, event.actor_kind) if event.actor_id else event.actor_kind


def ago(event: Event, *, at: datetime) -> str:
    return f"{timesince(event.occurred_at, at)} ago" if at - event.occurred_at >= MINUTE else "just now"
