"""What staff fill in when they decide, a note or the terms of a review, and how they are told what came of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from common import scopes
from common.admin import HouseAdmin
from common.admin_actions import FROM_ITS_PAGE
from common.forms import CleanCharField, ScopeField
from rbac.errors import Refused
from rbac.models import AccessReview


class NoteForm(forms.Form):
    note = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    title = CleanCharField(max_length=150, widget=UnfoldAdminTextInputWidget)
    scope = ScopeField(initial=scopes.ROOT, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = AccessReview
        fields = ("title", "scope", "role", "due_at", "on_silence")


def note_of(request: HttpRequest) -> str | None:
    """What was noted; None while nothing has been sent yet, or nothing that can be taken."""
    form = NoteForm(request.POST if "apply" in request.POST else None)
    return str(form.cleaned_data["note"]) if form.is_bound and form.is_valid() else None


def note_page(
    page: HouseAdmin, request: HttpRequest, chosen: Iterable[Any], *, action: str, title: str
) -> HttpResponse:
    """Asks for the note before anything is done to the chosen."""
    form = NoteForm(request.POST if "apply" in request.POST else None)
    return ask(page, request, chosen, form, action=action, title=title)


def ask(
    page: HouseAdmin, request: HttpRequest, chosen: Iterable[Any], form: forms.Form, *, action: str, title: str
) -> HttpResponse:
    """Shows the form of an action, and once more what was chosen for it."""
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "chosen": [(str(row), row.pk) for row in chosen],
        "action": action,
        "form": form,
        "media": page.media + form.media,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "from_its_page": FROM_ITS_PAGE if FROM_ITS_PAGE in request.POST else "",
    }
    return TemplateResponse(request, "rbac/decide.html", context)


def tell(page: HouseAdmin, request: HttpRequest, outcomes: Sequence[Any], words: str) -> None:
    refused = [one.error.detail for one in outcomes if isinstance(one, Refused)]
    for detail in sorted(set(refused)):
        page.message_user(request, detail, messages.ERROR)
    # What was so before answers False; what has nothing to show answers None.
    done = sum(one is not False and not isinstance(one, Refused) for one in outcomes)
    page.message_user(request, words.format(done, len(outcomes)), messages.WARNING if refused else messages.SUCCESS)
