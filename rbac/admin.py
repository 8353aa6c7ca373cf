"""Staff's view of permissions, roles and assignments. It acts through the services that the API calls too."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from common.admin import HouseAdmin, HouseInline, MarkedRefusals, actor_of, contribute_action, contribute_inline
from common.admin_actions import FROM_ITS_PAGE
from rbac import selectors
from rbac.errors import Refused
from rbac.forms import AssignmentForm, AssignRoleForm, RoleForm
from rbac.models import Permission, Role, RoleAssignment
from rbac.services import assignments, permissions, roles


class RolesAdmin(MarkedRefusals):
    def is_builtin(self, request: HttpRequest, obj: Any) -> bool:
        # unfold asks with an id where Django asks with the object.
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return bool(getattr(found, "is_builtin", False))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One at a time: "deleted 3" would hide that one was refused."""
        return {name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"}


class AssignmentInline(HouseInline):
    model = RoleAssignment
    hide_title = True
    fields = readonly_fields = ("role", "scope", "valid_from", "valid_until", "ended_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleAssignment]:
        return super().get_queryset(request).select_related("role")


class MemberInline(HouseInline):
    model = RoleAssignment
    hide_title = True
    verbose_name_plural = "members"
    fields = readonly_fields = ("holder", "scope", "valid_from", "valid_until", "ended_at")

    @admin.display(description="holder")
    def holder(self, given: RoleAssignment) -> str:
        return str(given.holder)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleAssignment]:
        return super().get_queryset(request).select_related("user", "service_account")


@admin.register(Permission)
class PermissionAdmin(RolesAdmin):
    allows: ClassVar = frozenset({"add", "delete"})
    list_display = ("name", "description", "is_builtin")
    list_filter = ("is_builtin",)
    search_fields = ("^name",)
    ordering = sortable_by = ("name",)
    fields = ("name", "description")

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return super().holds(request, action, obj) and (action == "view" or not self.is_builtin(request, obj))

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        return permissions.declare(**form.cleaned_data, actor=actor_of(request), at=timezone.now())

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        permissions.remove(obj, actor=actor_of(request), at=timezone.now())


@admin.register(Role)
class RoleAdmin(RolesAdmin):
    allows: ClassVar = frozenset({"add", "change", "delete"})
    form = RoleForm
    list_display = ("name", "title", "is_builtin", "updated_at")
    list_filter = ("is_builtin",)
    search_fields = ("^name", "=id")
    ordering = sortable_by = ("name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("permissions", "version") if self._is_written(request, obj) else ("gives",)
        return ("name", "title", "description", *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self._is_written(request, obj):
            return self.get_fields(request, obj)
        return ("name",) if obj else ()

    def _is_written(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return super().holds(request, action, obj) and (action == "view" or not self.is_builtin(request, obj))

    @admin.display(description="permissions")
    def gives(self, role: Role) -> str:
        return "\n".join(selectors.patterns_of(role))

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        if not change:
            return self.told(request, roles.create(said["name"], **form.changes(), actor=actor, at=at))
        outcome = roles.update(obj, changes=form.changes(), if_version=said["version"], actor=actor, at=at)
        return self.told(request, outcome)

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        self.told(request, roles.delete(obj, actor=actor_of(request), at=timezone.now()))


@admin.register(RoleAssignment)
class AssignmentAdmin(RolesAdmin):
    """Given and ended, never edited."""

    allows: ClassVar = frozenset({"add"})
    form = AssignmentForm
    list_display = ("holder", "role", "scope", "valid_from", "valid_until", "counts")
    list_select_related = ("user", "service_account", "role")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    link_filters = ("user__id__exact", "service_account__id__exact", "role__id__exact")
    search_fields = ("=id",)
    search_help_text = "The beginning of an e-mail address, a role's name, or an id"
    autocomplete_fields = ("user", "service_account", "role")
    fields = ("user", "service_account", "role", "scope", "valid_from", "valid_until", "reason")
    actions = ("end",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        past = ("assigned_by", "created_at", "ended_by", "ended_at") if obj else ()
        return (*self.fields, *past)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = self.search_term(search_term.replace("\0", "")[:320])
        return (queryset.filter(selectors.assignments_named(term)) if term else queryset), False

    @admin.display(description="holder")
    def holder(self, given: RoleAssignment) -> str:
        return str(given.holder)

    @admin.display(boolean=True, description="Counts now")
    def counts(self, given: RoleAssignment) -> bool:
        return given.stands(at=timezone.now())

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        outcome = assignments.assign(**form.terms(), actor=actor_of(request), at=timezone.now())
        return self.told(request, outcome)

    @admin.action(description="End these assignments", permissions=["delete"])
    def end(self, request: HttpRequest, chosen: QuerySet[RoleAssignment]) -> None:
        actor, at = actor_of(request), timezone.now()
        outcomes = [assignments.end(given, actor=actor, at=at) for given in chosen]
        tell(self, request, outcomes, "{} of {} assignments ended")


def tell(page: HouseAdmin, request: HttpRequest, outcomes: Sequence[Any], words: str) -> None:
    refusals = {one.error.detail for one in outcomes if isinstance(one, Refused)}
    for detail in sorted(refusals):
        page.message_user(request, detail, messages.ERROR)
    done = sum(bool(one) and not isinstance(one, Refused) for one in outcomes)
    page.message_user(request, words.format(done, len(outcomes)), messages.WARNING if refusals else messages.SUCCESS)


@admin.action(description="Assign a role", permissions=["role_assignment:add"])
def assign_role(
    page: HouseAdmin, request: HttpRequest, chosen: QuerySet[User] | QuerySet[ServiceAccount]
) -> HttpResponse | None:
    """First asks which role and where, then gives it to each of the chosen."""
    form = AssignRoleForm(request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid():
        actor, at = actor_of(request), timezone.now()
        outcomes = [assignments.assign(holder, **form.cleaned_data, actor=actor, at=at) for holder in chosen]
        tell(page, request, outcomes, "{} of {} accounts got the role " + form.cleaned_data["role"].name)
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": "Assign a role",
        "opts": page.opts,
        "holders": chosen,
        "form": form,
        "media": page.media + form.media,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "from_its_page": FROM_ITS_PAGE if FROM_ITS_PAGE in request.POST else "",
    }
    return TemplateResponse(request, "rbac/assign_role.html", context)


for holder in ("accounts.User", "accounts.ServiceAccount"):
    contribute_action(holder, assign_role)
    contribute_inline(holder, AssignmentInline)
contribute_inline("rbac.Role", MemberInline)
