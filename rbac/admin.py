"""Staff's view of permissions and roles. It acts through the services that the API calls too."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from common.admin import actor_of
from rbac import (
    admin_assignments,
    admin_effective,
    admin_explaining,
    admin_groups,
    admin_hierarchy,
    admin_memberships,
    admin_requests,
    admin_reviews,
    admin_role_holders,
    admin_separations,
    selectors,
)
from rbac.admin_previews import CONFIRMED
from rbac.admin_previews import page_of as preview_of
from rbac.admin_single import SingleDeletes
from rbac.forms import PermissionForm, RoleForm
from rbac.models import Permission, Role
from rbac.services import permissions, previews, roles


class RolesAdmin(SingleDeletes):
    def is_builtin(self, request: HttpRequest, obj: Any) -> bool:
        # unfold asks with an id where Django asks with the object.
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return bool(getattr(found, "is_builtin", False))


@admin.register(Permission)
class PermissionAdmin(RolesAdmin):
    allows: ClassVar = frozenset({"add", "change", "delete"})
    form = PermissionForm
    list_display = ("name", "description", "is_builtin")
    list_filter = ("is_builtin",)
    search_fields = ("^name",)
    ordering = sortable_by = ("name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("name", "description")
        return (*shown, "seen_version") if self.is_written(request, obj) else shown

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return super().holds(request, action, obj) and (action == "view" or not self.is_builtin(request, obj))

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        if not change:
            return permissions.declare(said["name"], description=said["description"], actor=actor, at=at)
        return permissions.describe(obj, said["description"], if_version=said["seen_version"], actor=actor, at=at)

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        permissions.remove(obj, actor=actor_of(request), at=timezone.now())


@admin.register(Role)
class RoleAdmin(RolesAdmin):
    """What would change is shown before a role is saved; see `admin_previews`."""

    allows: ClassVar = frozenset({"add", "change", "delete"})
    form = RoleForm
    list_display = ("name", "title", "is_builtin", "updated_at")
    list_filter = ("is_builtin",)
    list_before_template = "rbac/links_of_roles.html"
    search_fields = ("^name", "=id")
    ordering = sortable_by = ("name",)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("hierarchy/", self._opened(admin_hierarchy.whole), name="rbac_hierarchy"),
            path("explain/", self._opened(admin_explaining.explain), name="rbac_explain"),
            path("<uuid:role_id>/holders/", self._opened(admin_role_holders.whole), name="rbac_role_holders"),
            *super().get_urls(),
        ]

    def _opened(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """To staff; the view itself asks for more."""
        return self.admin_site.admin_view(partial(view, self))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if self.is_written(request, obj):
            return ("name", "title", "description", "permissions", "inherits", "emergency_minutes", "version")
        return ("name", "title", "description", "gives", "inherits_from", "emergency_minutes")

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return super().holds(request, action, obj) and (action == "view" or not self.is_builtin(request, obj))

    @admin.display(description="permissions")
    def gives(self, role: Role) -> str:
        return "\n".join(selectors.patterns_of(role))

    @admin.display(description="inherits")
    def inherits_from(self, role: Role) -> str:
        return "\n".join(role.junior_links.order_by("junior__name").values_list("junior__name", flat=True))

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        if not change:
            return self.told(request, roles.create(said["name"], **form.changes(), actor=actor, at=at))
        role, terms = Role.objects.get(pk=obj.pk), {"changes": form.changes(), "if_version": said["version"]}
        preview = None if request.POST.get(CONFIRMED) else previews.of_update(role, **terms, actor=actor, at=at)
        if preview:
            request.preview = preview_of(self, request, role, preview)  # type: ignore[attr-defined]  # answered below
            return None
        return self.told(request, roles.update(role, **terms, actor=actor, at=at))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        asked: HttpResponse | None = getattr(request, "preview", None)
        return asked or super().response_change(request, obj)

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        self.told(request, roles.delete(obj, actor=actor_of(request), at=timezone.now()))


# Their pages register themselves.
__all__ = [
    "admin_assignments",
    "admin_effective",
    "admin_groups",
    "admin_memberships",
    "admin_requests",
    "admin_reviews",
    "admin_separations",
]
