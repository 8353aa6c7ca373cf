"""Rows at places, for staff: each sees, and chooses among, what lies where she holds the permission for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin

from common.forms import Menu
from common.http.places import places_of
from common.permissions import ANYWHERE
from common.places import is_placed

if TYPE_CHECKING:
    # unfold has no types; what it builds on has.
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = UnfoldModelAdmin


def permission_for(model: type[Model], action: str) -> str:
    """The permission's name for `action`: "change", or "session:end" in full."""
    opts = model._meta  # noqa: SLF001  Django's documented door to a model's description
    return action if ":" in action else f"{opts.app_label}.{action}_{opts.model_name}"


def holds(request: HttpRequest, model: type[Model], action: str, obj: Model | None = None) -> bool:
    """Whether who asks has the permission for this object, at its place; without one, where it may be at all."""
    asked = ANYWHERE if obj is None and is_placed(model) else obj
    return request.user.has_perm(permission_for(model, action), asked)  # type: ignore[arg-type]  # stubs know models only


def within_reach(request: HttpRequest, rows: QuerySet[Any], *actions: str) -> QuerySet[Any]:
    """Those of the rows to which who asks may do one of the actions, by where they lie."""
    if not is_placed(rows.model):
        return rows
    names = {permission_for(rows.model, action) for action in actions}
    narrowed: QuerySet[Any] = rows.within([place for name in names for place in places_of(request, name)])  # type: ignore[attr-defined]  # is_placed says so
    return narrowed


class PlacedRows(_ModelAdmin):
    """`allows`: what a page lets staff do at all, of "add", "change", "delete"; each also needs the permission."""

    allows: ClassVar[frozenset[str]] = frozenset()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What lies elsewhere is not there, for lists, pages, actions and autocompletes alike."""
        return within_reach(request, super().get_queryset(request), "view", *(self.allows & {"change"}))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Menu(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField[Any, Any], request: HttpRequest
    ) -> QuerySet[Any] | None:
        """A forged id of what she may not see is no choice."""
        found = super().get_field_queryset(db, db_field, request)
        related: Any = db_field.related_model
        if not is_placed(related):
            return found
        return within_reach(request, related._default_manager.all() if found is None else found, "view")  # noqa: SLF001
