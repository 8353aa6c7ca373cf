"""Staff's view of the roles that people ask for, and their yes or no."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from common.admin import MarkedRefusals, actor_of
from common.admin_places import within_reach
from rbac.admin_deciding import note_of, note_page, tell
from rbac.models import RequestState, RoleRequest
from rbac.services import approvals

Decide = Callable[..., Any]


@admin.register(RoleRequest)
class RoleRequestAdmin(MarkedRefusals):
    """Asked for elsewhere and decided here, never edited. Whoever may decide may look."""

    list_display = ("requester", "role", "scope", "until", "state_now", "broke_glass")
    list_select_related = ("requester", "role")
    list_filter = ("state",)
    link_filters = ("requester__id__exact", "role__id__exact")
    search_fields = ("=id",)
    fields = readonly_fields = (
        *("requester", "role", "scope", "until", "reason", "state_now", "broke_glass", "extends", "assignment"),
        *("decided_by", "decided_at", "note", "created_at"),
    )
    actions = ("approve", "deny")

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        sees = super().holds(request, action, obj)
        return sees or (action == "view" and super().holds(request, approvals.DECIDES, obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleRequest]:
        rows = RoleRequest.objects.select_related(*self.list_select_related).order_by(*self.get_ordering(request))
        return within_reach(request, rows, "view", approvals.DECIDES)

    def applies(self, action: str, obj: RoleRequest) -> bool:
        return obj.state_at(timezone.now()) == RequestState.PENDING

    @admin.display(description="state")
    def state_now(self, asked: RoleRequest) -> str:
        return asked.state_at(timezone.now()).label

    @admin.action(description="Approve", permissions=[approvals.DECIDES])
    def approve(self, request: HttpRequest, chosen: QuerySet[RoleRequest]) -> HttpResponse | None:
        return self._decide(request, chosen, "approve", approvals.approve, "{} of {} requests approved")

    @admin.action(description="Deny", permissions=[approvals.DECIDES])
    def deny(self, request: HttpRequest, chosen: QuerySet[RoleRequest]) -> HttpResponse | None:
        return self._decide(request, chosen, "deny", approvals.deny, "{} of {} requests denied")

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[RoleRequest], action: str, decide: Decide, words: str
    ) -> HttpResponse | None:
        note = note_of(request)
        if note is None:
            return note_page(self, request, chosen, action=action, title=action.title())
        actor, at = actor_of(request), timezone.now()
        outcomes = [decide(asked, note=note, actor=actor, at=at) for asked in chosen]
        tell(self, request, outcomes, words)
        return None
