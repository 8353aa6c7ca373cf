"""Staff's view of assignments: given and ended through the services that the API calls too, at the places where staff may."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from common.admin import HouseAdmin, HouseInline, MarkedRefusals, actor_of, contribute_action, contribute_inline, holds
from common.http.places import home_for, home_of
from rbac import selectors
from rbac.admin_deciding import ask, tell
from rbac.admin_holders import holder_of, roles_to_give, telling_holders
from rbac.forms import AssignmentForm, AssignRoleForm
from rbac.models import Group, Role, RoleAssignment
from rbac.models.assignments import HOLDERS
from rbac.services import assignments


class AssignmentInline(HouseInline):
    model = RoleAssignment
    hide_title = True
    fields = readonly_fields = ("role", "scope", "valid_from", "valid_until", "ended_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleAssignment]:
        return super().get_queryset(request).select_related("role")


@admin.register(RoleAssignment)
class AssignmentAdmin(MarkedRefusals):
    """Given and ended, never edited."""

    allows: ClassVar = frozenset({"add"})
    form = AssignmentForm
    list_display = ("holder", "role", "scope", "valid_from", "valid_until", "counts")
    list_select_related = ("role",)
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    link_filters = ("user__id__exact", "service_account__id__exact", "group__id__exact", "role__id__exact")
    search_fields = ("=id",)
    search_help_text = "The beginning of an e-mail address, a role's name, or an id"
    autocomplete_fields = (*HOLDERS, "role")
    fields = (*HOLDERS, "role", "scope", "valid_from", "valid_until", "reason")
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleAssignment]:
        return telling_holders(request, super().get_queryset(request))

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        # What completes the name of a role is closed to those who may not see roles.
        return self.autocomplete_fields if holds(request, Role, "view") else HOLDERS

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        found = super().get_field_queryset(db, db_field, request)
        return roles_to_give(request) if db_field.name == "role" else found

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not obj:
            return self.fields
        past = ("assigned_by", "created_at", "ended_by", "ended_at")
        return ("holder", *(field for field in self.fields if field not in HOLDERS), *past)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = self.search_term(search_term.replace("\0", "")[:320])
        return (queryset.filter(selectors.assignments_named(term)) if term else queryset), False

    @admin.display(description="holder")
    def holder(self, given: RoleAssignment) -> str:
        return holder_of(given)

    @admin.display(boolean=True, description="Counts now")
    def counts(self, given: RoleAssignment) -> bool:
        return given.stands(at=timezone.now())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"scope": home_of(request, "role_assignment:add"), **super().get_changeform_initial_data(request)}

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        home_for(request, "role_assignment:add", form.cleaned_data["scope"])
        outcome = assignments.assign(**form.terms(), actor=actor_of(request), at=timezone.now())
        return self.told(request, outcome)

    @admin.action(description="End these assignments", permissions=["delete"])
    def end(self, request: HttpRequest, chosen: QuerySet[RoleAssignment]) -> None:
        actor, at = actor_of(request), timezone.now()
        outcomes = [assignments.end(given, actor=actor, at=at) for given in chosen]
        tell(self, request, outcomes, "{} of {} assignments ended")


@admin.action(description="Assign a role", permissions=["role_assignment:add"])
def assign_role(
    page: HouseAdmin, request: HttpRequest, chosen: QuerySet[User] | QuerySet[ServiceAccount] | QuerySet[Group]
) -> HttpResponse | None:
    """First asks which role and where, then gives it to each of the chosen."""
    here = {"scope": home_of(request, "role_assignment:add")}
    form = AssignRoleForm(request.POST if "apply" in request.POST else None, initial=here, roles=roles_to_give(request))
    if form.is_bound and form.is_valid():
        home_for(request, "role_assignment:add", form.cleaned_data["scope"])
        actor, at = actor_of(request), timezone.now()
        outcomes = [assignments.assign(holder, **form.cleaned_data, actor=actor, at=at) for holder in chosen]
        tell(page, request, outcomes, "{} of {} got the role " + form.cleaned_data["role"].name)
        return None
    return ask(page, request, chosen, form, action="assign_role", title="Assign a role")


for holder in ("accounts.User", "accounts.ServiceAccount", "rbac.Group"):
    contribute_action(holder, assign_role)
    contribute_inline(holder, AssignmentInline)
