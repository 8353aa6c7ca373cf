"""Where people are signed in, for staff: found by person, address, client or device, and ended one by one or all that match."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import TextFilter

from common.admin import HouseAdmin, HouseInline, actor_of, contribute_inline
from common.errors import Invalid
from tokens import selectors
from tokens.liveness import Ending, ending_of
from tokens.models import Session, SessionQuerySet
from tokens.services import ending

if TYPE_CHECKING:
    # unfold has no types; what it builds on has.
    _TextFilter = admin.SimpleListFilter
else:
    _TextFilter = TextFilter

# What the reasons that services write down say to staff.
REASONS: Mapping[str, str] = {
    "ended_by_owner": "ended by the person",
    "ended_by_staff": "ended by staff",
    "revoked_by_holder": "signed out",
    "refresh_token_reused": "ended because two parties used it",
    "user_deactivated": "ended with the account",
    "user_erased": "ended with the account",
    "password_changed": "ended with the old password",
    "signed_out_everywhere": "ended by signing out everywhere",
}
# The filters that say whose sessions are meant. "All that are alive" is everybody.
NARROWING = ("q", "user__id__exact", "client", "device")


class WordFilter(_TextFilter):
    lookup: ClassVar[str]

    def value(self) -> str | None:
        return _plain(super().value()) or None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        said = self.value()
        return queryset.filter(**{self.lookup: said}) if said else queryset


class ClientFilter(WordFilter):
    title, parameter_name, lookup = "client", "client", "client_id"


class DeviceFilter(WordFilter):
    # No index: it would be one more write in each refresh, for a question that staff seldom asks.
    title, parameter_name, lookup = "device, as it begins", "device", "device_name__istartswith"


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("alive", "alive"), ("ended", "ended"), ("over", "ran out")]

    def queryset(self, request: HttpRequest, queryset: SessionQuerySet) -> QuerySet[Session]:  # type: ignore[override]  # no other
        now = timezone.now()
        if self.value() == "alive":
            return queryset.alive(at=now)
        if self.value() == "over":
            return queryset.filter(revoked_at=None, idle_expires_at__lte=now)
        return queryset.exclude(revoked_at=None) if self.value() == "ended" else queryset


@admin.register(Session)
class SessionAdmin(HouseAdmin):
    list_display = ("user", "device_name", "ip", "client_id", "created_at", "last_used_at", "state")
    list_select_related = ("user",)
    list_filter = (StateFilter, ClientFilter, DeviceFilter)
    list_filter_submit = True
    list_disable_select_all = False
    link_filters = ("user__id__exact",)
    search_fields = ("=id",)
    search_help_text = "The beginning of an e-mail address, an id, an IP address or a client"
    fields = readonly_fields = (
        "id",
        "user",
        "client_id",
        "device_name",
        "user_agent",
        "ip",
        "amr",
        "authenticated_at",
        "created_at",
        "last_used_at",
        "idle_expires_at",
        "expires_at",
        "revoked_at",
        "state",
    )
    actions = ("end",)
    sweeping = frozenset({"end"})

    @admin.display(description="State")
    def state(self, session: Session) -> str:
        why = ending_of(session, at=timezone.now())
        if why is Ending.REVOKED:
            return REASONS.get(session.revoked_reason, session.revoked_reason)
        return str(why or "alive")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = self.search_term(search_term.replace("\0", "")[:320])
        return (queryset.filter(selectors.sessions_named(term)) if term else queryset), False

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Whoever may not touch a person may not end her sessions either."""
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return super().holds(request, action, found.user if isinstance(found, Session) else found)

    @admin.action(description="End these sessions", permissions=["session:end"])
    def end(self, request: HttpRequest, chosen: SessionQuerySet) -> None:
        if self.sweeps(request) and not any(_plain(request.GET.get(name)) for name in NARROWING):
            raise Invalid("Search or filter first: without that, all would be everybody's sessions.")
        tally = ending.end_living(chosen, reason="ended_by_staff", actor=actor_of(request), at=timezone.now())
        self.message_user(request, _words_for(tally))


class SessionInline(HouseInline):
    model = Session
    fields = readonly_fields = ("device_name", "ip", "created_at", "last_used_at", "expires_at", "revoked_at")


contribute_inline("accounts.User", SessionInline)


def _plain(said: str | None) -> str:
    return (said or "").replace("\0", "").strip()


def _words_for(tally: ending.Tally) -> str:
    skipped = f"; left: {tally.skipped}, of people who may do what you may not" if tally.skipped else ""
    more = "; there are more, so run it again" if tally.more else ""
    return f"Sessions ended: {tally.ended}{skipped}{more}"
