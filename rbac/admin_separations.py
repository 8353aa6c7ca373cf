"""Staff's view of separations of duty."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from common.admin import actor_of
from rbac.admin_single import SingleDeletes
from rbac.forms import SeparationForm
from rbac.models import SeparationOfDuty
from rbac.services import separation


@admin.register(SeparationOfDuty)
class SeparationAdmin(SingleDeletes):
    allows: ClassVar = frozenset({"add", "change", "delete"})
    form = SeparationForm
    list_display = ("name", "kind", "limit", "description")
    list_filter = ("kind",)
    search_fields = ("^name", "=id")
    ordering = sortable_by = ("name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if self.is_written(request, obj):
            return ("name", "kind", "roles", "limit", "description", "seen_version")
        return ("name", "kind", "kept_apart", "limit", "description")

    @admin.display(description="roles")
    def kept_apart(self, row: SeparationOfDuty) -> str:
        return "\n".join(row.separated.order_by("role__name").values_list("role__name", flat=True))

    def save_through_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        if not change:
            return self.told(request, separation.create(said["name"], **form.changes(), actor=actor, at=at))
        outcome = separation.update(obj, changes=form.changes(), if_version=said["seen_version"], actor=actor, at=at)
        return self.told(request, outcome)

    def delete_through_service(self, request: HttpRequest, obj: Any) -> None:
        self.told(request, separation.delete(obj, actor=actor_of(request), at=timezone.now()))
