"""Why somebody may do something, or may not: a form for staff who may ask, about those whom they may see."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import ServiceAccount, User
from common import scopes
from common.admin import HouseAdmin, holds
from common.http.places import places_of
from rbac import explaining, selectors
from rbac.admin_holders import known_groups, told_of
from rbac.admin_links import EXPLAINS
from rbac.decisions import Cause, Decision
from rbac.forms import ExplainForm
from rbac.models import Permission, Role


def explain(page: HouseAdmin, request: HttpRequest) -> HttpResponse:
    places = places_of(request, EXPLAINS)
    if not places:
        raise PermissionDenied
    form = ExplainForm(
        request.GET,
        people=User.objects.within(places_of(request, "user:view")),
        machines=ServiceAccount.objects.within(places_of(request, "service_account:view")),
    )
    context = {
        **page.admin_site.each_context(request),
        "title": "Explain a decision",
        "opts": page.opts,
        "form": form,
        "media": page.media + form.media,
        "told": _told(request, form, places),
    }
    return TemplateResponse(request, "rbac/explain.html", context)


def _told(request: HttpRequest, form: ExplainForm, places: tuple[str, ...]) -> dict[str, Any] | None:
    """None where nothing has been asked, or not so that it can be answered."""
    if not form.is_valid():
        return None
    holder, at, said = form.holder(), form.moment(), form.cleaned_data
    if not _lies_in(places, said["scope"]):
        form.add_error("scope", f"You may ask only at {', '.join(places)}.")
        return None
    decision = selectors.may(holder, said["permission"], scope=said["scope"], at=at)
    # What somebody holds elsewhere is for those who look after that place.
    seen = _with_a_known_group(request, explaining.seen_from(decision, places))
    knows_roles = holds(request, Role, "view") and seen.cause is Cause.NOT_HELD
    would = selectors.roles_giving(seen.permission) if knows_roles else []
    return {
        "decision": seen,
        "holder": holder,
        "at": at,
        "reason": explaining.sentence(seen, at=at, would=would),
        "shows_held": seen.held and _lies_in(places_of(request, "role_assignment:view"), seen.held.scope),
        "is_declared": Permission.objects.filter(name=seen.permission).exists(),
    }


def _with_a_known_group(request: HttpRequest, decision: Decision) -> Decision:
    held = decision.held
    if held is None or not held.group:
        return decision
    group = told_of(held.group, known_groups(request, {held.group}))
    return replace(decision, held=replace(held, group=group))


def _lies_in(places: Iterable[str], scope: str) -> bool:
    return any(scopes.covers(place, scope) for place in places)
