"""Rows of one app's model on the page of another's object: shown, never written, and only the newest."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline as UnfoldTabularInline

from common.admin_places import holds, within_reach

if TYPE_CHECKING:
    # unfold has no types; what it builds on has.
    _TabularInline = admin.TabularInline[Any, Any]
    _InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    _TabularInline, _InlineFormSet = UnfoldTabularInline, BaseInlineFormSet

_contributed: dict[str, list[type[HouseInline]]] = defaultdict(list)


def inlines_for(model_label: str) -> list[type[HouseInline]]:
    return _contributed[model_label.lower()]


def contribute_inline(model_label: str, inline: type[HouseInline]) -> None:
    """Lets an upper app show its rows (sessions) on the page of a lower one's object ("accounts.User")."""
    _contributed[model_label.lower()].append(inline)


class NewestRows(_InlineFormSet):
    """The newest few: a role may have a million assignments, and its page need not read or count them."""

    shown = 20

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset().order_by("-pk")[: self.shown]
        return self._newest


class HouseInline(_TabularInline):
    """Rows of another model on an object's page. They are shown there, and changed on their own pages, to which they lead."""

    formset = NewestRows
    extra = 0
    max_num = 0
    can_delete = False
    hide_title = True

    def __init__(self, parent_model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(parent_model, admin_site)
        self.verbose_name_plural = f"{self.verbose_name_plural} (newest {NewestRows.shown})"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_fields(request, obj), "page")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "page")

    @admin.display(description="page")
    def page(self, row: Model) -> str:
        if not self.admin_site.is_registered(self.model):
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        looks = "text-primary-600 dark:text-primary-500"
        return format_html('<a href="{}" class="{}">Open</a>', reverse(name, args=[row.pk]), looks)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return within_reach(request, super().get_queryset(request), "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds(request, self.model, "view")
