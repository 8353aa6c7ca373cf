"""Staff's view of groups, at the places that they look after."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from common.admin import actor_of
from common.http.places import home_for, home_of, new_home, places_of
from rbac.admin_deciding import ask, tell
from rbac.admin_single import SingleDeletes
from rbac.forms import GroupForm, MembersForm
from rbac.models import Group
from rbac.services import groups, memberships
from rbac.services.groups import GroupChanges


@admin.register(Group)
class GroupAdmin(SingleDeletes):
    """What a group holds is given and ended as anybody's; who is in it, by actions."""

    allows: ClassVar = frozenset({"add", "change", "delete"})
    form = GroupForm
    list_display = ("name", "title", "scope", "updated_at")
    search_fields = ("^name", "=id")
    ordering = sortable_by = ("name",)
    actions = ("add_members",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("name", "title", "description", "scope")
        return (*shown, "seen_version") if self.is_written(request, obj) else shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"scope": home_of(request, "group:add"), **super().get_changeform_initial_data(request)}

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        words = GroupChanges(title=said["title"], description=said["description"])
        if not change:
            words["scope"] = home_for(request, "group:add", said["scope"])
            return groups.create(said["name"], **words, actor=actor, at=at)
        # Where it was when the form was shown: it may have been moved since.
        obj.scope = form.initial["scope"]
        words["scope"] = new_home(request, "group:change", obj.scope, said["scope"])
        return groups.update(obj, changes=words, if_version=said["seen_version"], actor=actor, at=at)

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        self.told(request, groups.delete(obj, actor=actor_of(request), at=timezone.now()))

    @admin.action(description="Add members", permissions=["change"])
    def add_members(self, request: HttpRequest, chosen: QuerySet[Group]) -> HttpResponse | None:
        """First asks whom."""
        people = User.objects.within(places_of(request, "user:view"))
        form = MembersForm(request.POST if "apply" in request.POST else None, people=people)
        if not form.is_valid():
            return ask(self, request, chosen, form, action="add_members", title="Add members")
        actor, at = actor_of(request), timezone.now()
        coming = [(group, user) for group in chosen for user in form.cleaned_data["users"]]
        tell(self, request, [memberships.add(*one, actor=actor, at=at) for one in coming], "{} of {} members added")
        return None
