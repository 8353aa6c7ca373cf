"""Which of her roles staff uses in this session of hers: what a separation of duty keeps apart counts only once she has chosen."""

from collections.abc import Collection
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from common.errors import DomainError
from common.forms import CleanCharField
from common.http import chosen_roles
from common.http.actors import actor_of
from console.services import own_roles
from rbac.decisions import Held
from rbac.separation import CHOICE
from tokens.services import session_roles

CHOSEN, ALL = "chosen", "all"
NAME = CleanCharField(max_length=80)


class RoleNamesField(forms.MultipleChoiceField):
    """Names as the API takes them. Whether they are hers to use is the service's to say."""

    def validate(self, value: list[str]) -> None:
        for name in value:
            NAME.clean(name)


class RolesForm(forms.Form):
    use = forms.ChoiceField(choices=[(CHOSEN, CHOSEN), (ALL, ALL)])
    roles = RoleNamesField(required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, sent: Any, *, lines: Collection["Line"]) -> None:
        super().__init__(sent, initial={"roles": [line.role for line in lines if line.is_used]})
        menu: Any = self.fields["roles"]
        menu.choices = [(line.role, line.role) for line in lines]

    def wanted(self) -> list[str] | None:
        """None for all that may go together."""
        names: list[str] = self.cleaned_data["roles"]
        return names if self.cleaned_data["use"] == CHOSEN else None


class Line(NamedTuple):
    """`ways` are all by which she has the role. It is used where she has chosen it, or may use it without a choice."""

    role: str
    ways: list[Held]
    is_used: bool
    is_left_out: bool
    separation: str | None


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """It asks for no permission: who has none in use must still be able to choose."""
    person: Any = request.user
    lines = _lines(person, at=timezone.now())
    form = RolesForm(request.POST if request.method == "POST" else None, lines=lines)
    if form.is_valid() and _chose(request, form):
        messages.success(request, "Your choice counts from now on.")
        return HttpResponseRedirect(reverse("admin:roles_in_use"))
    context = {
        **site.each_context(request),
        "title": "Roles in use",
        "form": form,
        "rows": list(zip(lines, form["roles"], strict=True)),
        "has_chosen": person.session_roles is not None,
    }
    return TemplateResponse(request, "console/roles_in_use.html", context)


def _chose(request: HttpRequest, form: RolesForm) -> bool:
    person: Any = request.user
    try:
        with transaction.atomic():
            chosen = own_roles.activate(person, form.wanted(), actor=actor_of(request), at=timezone.now())
            chosen_roles.keep(request, chosen)
    except DomainError as refusal:
        form.add_error("roles", refusal.detail)
        return False
    return True


def _lines(person: User, *, at: datetime) -> list[Line]:
    held = sorted(session_roles.assigned_to(person, at=at), key=lambda one: (one.role, one.scope, one.group or ""))
    return [_line(role, list(ways), person.session_roles) for role, ways in groupby(held, key=lambda one: one.role)]


def _line(role: str, ways: list[Held], chosen: Collection[Any] | None) -> Line:
    back = ways[0].held_back
    is_used = back is None if chosen is None else ways[0].role_id in chosen
    return Line(role, ways, is_used, back == CHOICE, None if back == CHOICE else back)
