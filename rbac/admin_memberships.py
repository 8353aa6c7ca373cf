"""Who is in which group, for staff: shown by name only where they may know of him, and taken out by an action."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Case, Q, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.admin import HouseInline, MarkedRefusals, actor_of, contribute_inline, holds
from common.http.places import places_of
from common.places import lying_in
from rbac.admin_deciding import tell
from rbac.models import Group, GroupMembership
from rbac.services import memberships

SEES, CHANGES = "group:view", "group:change"


class MemberInline(HouseInline):
    model = GroupMembership
    hide_title = True
    verbose_name_plural = "members"
    fields = readonly_fields = ("member", "created_at")

    @admin.display(description="member")
    def member(self, row: Any) -> str:
        return member_of(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupMembership]:
        return telling_members(request, super().get_queryset(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever sees a group sees who is in it; the page of the group has asked.
        return True


@admin.register(GroupMembership)
class MembershipAdmin(MarkedRefusals):
    """It lies where its group does, and takes what the group takes."""

    list_display = ("member", "group", "created_at")
    list_select_related = ("group",)
    link_filters = ("group__id__exact", "user__id__exact")
    search_fields = ("=id",)
    search_help_text = "The beginning of an e-mail address, a group's name, or an id"
    fields = readonly_fields = ("member", "group", "added_by", "created_at")
    actions = ("remove",)

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        asked = SEES if action == "view" else action
        return asked in {SEES, CHANGES} and holds(request, Group, asked, found and found.group)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupMembership]:
        places = [*places_of(request, SEES), *places_of(request, CHANGES)]
        known = GroupMembership.objects.filter(lying_in(places, field="group__scope"))
        return telling_members(request, known).select_related("group").order_by(*self.get_ordering(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, _ = super().get_search_results(request, queryset, search_term)
        term = self.search_term(search_term.replace("\0", "")[:320])
        if "@" in term:
            # Only of those of whom she may know: else a search would tell who is in the group.
            people = User.objects.within(places_of(request, "user:view"))
            return queryset.filter(user__in=people.filter(email_canonical__startswith=term.casefold())), False
        return (found | queryset.filter(group__name=term) if term else found), False

    @admin.display(description="member")
    def member(self, row: Any) -> str:
        return member_of(row)

    @admin.action(description="Remove from the group", permissions=[CHANGES])
    def remove(self, request: HttpRequest, chosen: QuerySet[GroupMembership]) -> None:
        actor, at = actor_of(request), timezone.now()
        outcomes = [memberships.remove(row.group, row.user, actor=actor, at=at) for row in chosen]
        tell(self, request, outcomes, "{} of {} members removed")


def telling_members(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    known = Q(user__isnull=False) & lying_in(places_of(request, "user:view"), field="user__scope")
    named = Case(When(known, then=True), default=False, output_field=BooleanField())
    told: QuerySet[Any] = rows.select_related("user").annotate(is_member_known=named)
    return told


def member_of(row: Any) -> str:
    return str(row.user if row.is_member_known else row.user_id)


contribute_inline("rbac.Group", MemberInline)
