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

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline

from common.admin_lists import BoundedChangeList, BoundedPaginator, declared, is_deep, searched
from common.errors import DomainError

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _ModelAdmin, _TabularInline = UnfoldModelAdmin, UnfoldTabularInline

Action = Callable[["HouseAdmin", HttpRequest, "QuerySet[Any]"], HttpResponse | None]

# A link, not a call: this layer knows the address of the audit trail's page and nothing else of it.
AUDIT_TRAIL = "admin:events_event_changelist"
LONGEST_TERM = 320

_contributed_actions: dict[str, list[Action]] = defaultdict(list)
_contributed_inlines: dict[str, list[type[HouseInline]]] = defaultdict(list)


def contribute_action(model_label: str, action: Action) -> None:
    """Lets an upper app add an action ("assign role") to the pages of a lower one's model ("accounts.User")."""
    _contributed_actions[model_label.lower()].append(action)


def contribute_inline(model_label: str, inline: type[HouseInline]) -> None:
    """Lets an upper app show its rows (sessions) on the page of a lower one's object ("accounts.User")."""
    _contributed_inlines[model_label.lower()].append(inline)


def holds(request: HttpRequest, model: type[Model], action: str, obj: object = None) -> bool:
    """Whether who asks has the permission for `action` on the model, or on this object of it."""
    opts = model._meta  # noqa: SLF001  Django's documented door to a model's description
    return request.user.has_perm(f"{opts.app_label}.{action}_{opts.model_name}", obj)


class HouseInline(_TabularInline):
    """Rows of another model on an object's page. They are shown there, and changed on their own pages."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds(request, self.model, "view")


class HouseAdmin(_ModelAdmin):
    """`allows`: what this page lets staff do at all, of "add", "change", "delete"; each also needs the permission.

    `sortable_by`: columns with an index. `link_filters`: indexed fields by which other pages link into the list.
    `search_fields`: only "^field" (starts with) and "=field" (equals), on indexed columns.
    """

    allows: ClassVar[frozenset[str]] = frozenset()
    link_filters: ClassVar[tuple[str, ...]] = ()

    ordering = ("-pk",)
    sortable_by = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    save_as = False

    # Permissions

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        # unfold asks with an id where Django asks with the object.
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return holds(request, self.model, action, found)

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

    # Lists

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if is_deep(request, self.list_per_page):
            self.message_user(
                request, "The list ends here. Search or filter to find what lies further.", messages.WARNING
            )
            return HttpResponseRedirect(request.path)
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        filters = self.get_list_filter(request) if request else self.list_filter
        return "\0" not in value and declared(lookup, filters, self.link_filters)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field == self.opts.pk.attname

    def search_term(self, term: str) -> str:
        """What is looked for when `term` was typed; the place to bring it into the form that the column has."""
        return term.strip()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = self.search_term(search_term.replace("\0", "")[:LONGEST_TERM])
        if not term:
            return queryset, False
        return queryset.filter(searched(self.model, self.get_search_fields(request), term)), False

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

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only the objects themselves: what a deletion takes along is the service's knowledge, and may be a million rows."""
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
        try:
            with transaction.atomic():
                return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # Django's own, not in the stubs
        except DomainError as refusal:
            # The same form once more, now with the refusal among its errors, so that nothing typed is lost.
            request.refusal_of_service = refusal  # type: ignore[attr-defined]  # read by get_form of the second run
            return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # as above

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return HttpResponseRedirect(
                reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
            )

    # Actions: what is not simply a form. Each asks for every object it is about to touch

    def _get_base_actions(self) -> list[Any]:
        contributed = _contributed_actions[self.opts.label_lower]
        return [*super()._get_base_actions(), *(self.get_action(action) for action in contributed)]  # type: ignore[misc]  # not in the stubs

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if "delete" not in self.allows:
            actions.pop("delete_selected", None)
        return actions

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        try:
            self._refuse_what_is_out_of_reach(request, queryset)
            with transaction.atomic():
                return super().response_action(request, queryset)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
        except (ValidationError, ValueError):
            self.message_user(request, "What was selected does not exist.", messages.ERROR)
        return None

    def _refuse_what_is_out_of_reach(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if request.POST.get("select_across", "0") != "0":
            raise PermissionDenied
        action = self.get_actions(request).get(request.POST.get("action", ""))
        needed = getattr(action[0], "allowed_permissions", ()) if action else ()
        if not needed:
            return
        for obj in queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME)):
            if not any(getattr(self, f"has_{permission}_permission")(request, obj) for permission in needed):
                raise PermissionDenied

    # The page of one object

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        contributed = _contributed_inlines[self.opts.label_lower] if obj else []
        return [*super().get_inlines(request, obj), *contributed]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(f"{reverse(AUDIT_TRAIL)}?{urlencode({'subject_id': str(obj.pk)})}")

    # The audit trail is what services publish; Django's own log of the admin stays empty

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Nothing."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Nothing."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """Nothing."""


def _refused(form: type[ModelForm[Any]], refusal: DomainError) -> type[ModelForm[Any]]:
    class RefusedForm(form):  # type: ignore[valid-type, misc]  # a class made for one request, as get_form's own is
        def _post_clean(self) -> None:
            super()._post_clean()
            for error in refusal.errors:
                self.add_error(error.field if error.field in self.fields else None, error.detail)
            if not refusal.errors:
                self.add_error(None, refusal.detail)

    return RefusedForm
