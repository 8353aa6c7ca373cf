"""The admin that every app's staff pages are built on: it shows, and acts only through services.

A subclass is read-only until it opts in. It names what staff may do in `allows` and gives the matching hook:

    class RoleAdmin(HouseAdmin):
        allows = frozenset({"add", "change", "delete"})

        def save_through_service(self, request, obj, form, change): ...
        def delete_through_service(self, request, obj): ...

Everything else that changes something is an action (a method or a contributed function) that calls a service. A refusal of
a service (`DomainError`) undoes what was begun and is shown as an error of the form or as a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from common.admin_actions import GuardedActions, contribute_action
from common.admin_inlines import HouseInline, contribute_inline, inlines_for
from common.admin_places import holds
from common.admin_sections import contribute_section, sections_for
from common.errors import DomainError, Refused
from common.http.actors import actor_of

__all__ = [
    "HouseAdmin",
    "HouseInline",
    "MarkedRefusals",
    "actor_of",
    "contribute_action",
    "contribute_inline",
    "contribute_section",
    "holds",
]

Made = TypeVar("Made", bound=Model)
View = Callable[[HttpRequest, str | None, str, dict[str, Any] | None], HttpResponse]

# A link, not a call: this layer knows the address of the audit trail's page and nothing else of it.
AUDIT_TRAIL = "admin:events_event_changelist"


class HouseAdmin(GuardedActions):
    """Shows, and changes only through services what it `allows`."""

    save_as = False

    # Permissions

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, "view", obj) or self.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return "add" in self.allows and self.holds(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "change" in self.allows and self.holds(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" in self.allows and self.holds(request, "delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # Changes: each in one transaction, undone as a whole when a service refuses

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        """Call the service with `form.cleaned_data`; return what it made. `obj` has the form's values and is not saved."""
        raise PermissionDenied

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.save_through_service(request, obj, form, change)
        if saved is not None:
            obj.__dict__.update(saved.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: inlines only show, and a service saves all that belongs to its subject."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_through_service(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_through_service(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if "delete" not in self.allows:
            actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only the objects themselves: what a deletion takes along is the service's affair, and may be a million rows."""
        name = str(self.opts.verbose_name)
        refused = {name for obj in objs if not self.has_delete_permission(request, obj)}
        return [str(obj) for obj in objs], {name: len(objs)}, refused, []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal_of_service", None)
        return form if refusal is None else _refused(form, refusal)

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        view: View = super()._changeform_view  # type: ignore[misc]  # Django's own, not in the stubs
        try:
            with transaction.atomic():
                return view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            # The same form once more, now with the refusal among its errors, so that nothing typed is lost.
            request.refusal_of_service = refusal  # type: ignore[attr-defined]  # read by get_form in the second run
            return view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return HttpResponseRedirect(self.page_of(object_id))

    # The page of one object

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        original = context.get("original")
        context["object_buttons"] = self.buttons(request, original) if original else []
        context["sections"] = sections_for(self.opts.label_lower, request, original) if original else []
        context["actions_address"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        contributed = inlines_for(self.opts.label_lower) if obj else []
        return [*super().get_inlines(request, obj), *contributed]

    def subject_id(self, obj: Any) -> str:
        """Under which id the facts about this object are written down."""
        return str(obj.pk)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(f"{reverse(AUDIT_TRAIL)}?{urlencode({'subject_id': self.subject_id(obj)})}")

    # The audit trail is what services publish; Django's own log of the admin stays empty

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # no entry
        """Nothing."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # no entry
        """Nothing."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]  # no entry
        """Nothing."""


class MarkedRefusals(HouseAdmin):
    """A refusal that left its mark is told when all is committed: raised, it would take the mark with it."""

    def told(self, request: HttpRequest, outcome: Made | Refused | None) -> Made | None:
        if not isinstance(outcome, Refused):
            return outcome
        self.message_user(request, outcome.error.detail, messages.ERROR)
        request.was_refused = True  # type: ignore[attr-defined]  # read below, in the same request
        return None

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._back_to_list(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._back_to_list(request) or super().response_change(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        return self._back_to_list(request) or super().response_delete(request, obj_display, obj_id)

    def _back_to_list(self, request: HttpRequest) -> HttpResponse | None:
        if not hasattr(request, "was_refused"):
            return None
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


def _refused(form: type[ModelForm[Any]], refusal: DomainError) -> type[ModelForm[Any]]:
    class RefusedForm(form):  # type: ignore[valid-type, misc]  # a class made for one request, as get_form's own is
        def _post_clean(self) -> None:
            super()._post_clean()
            for error in refusal.errors:
                self.add_error(error.field if error.field in self.fields else None, error.detail)
            if not refusal.errors:
                self.add_error(None, refusal.detail)

    return RefusedForm
