from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.admin import HouseAdmin, HouseInline, actor_of, contribute_inline
from tokens import admin_secrets, selectors
from tokens.models import Session, SigningKey
from tokens.services import keys, sessions


@admin.register(Session)
class SessionAdmin(HouseAdmin):
    list_display = ("user", "device_name", "ip", "client_id", "last_used_at", "expires_at", "ended")
    list_select_related = ("user",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
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
        "last_used_at",
        "idle_expires_at",
        "expires_at",
        "revoked_at",
        "revoked_reason",
    )
    actions = ("end",)

    @admin.display(boolean=True, description="Ended")
    def ended(self, session: Session) -> bool:
        return session.revoked_at is not None

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
    def end(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        actor, at = actor_of(request), timezone.now()
        count = sum(sessions.end(session, reason="ended_by_staff", actor=actor, at=at) for session in chosen)
        self.message_user(request, f"{count} of {len(chosen)} sessions ended")


@admin.register(SigningKey)
class SigningKeyAdmin(HouseAdmin):
    """The public part only; the private one is never read here."""

    list_display = ("kid", "algorithm", "state", "created_at", "activated_at", "verifies_until")
    list_filter = ("state", "algorithm")
    fields = readonly_fields = (
        "kid",
        "algorithm",
        "state",
        "public_jwk",
        "created_at",
        "activated_at",
        "retired_at",
        "verifies_until",
    )
    actions = ("rotate", "replace_all")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningKey]:
        return super().get_queryset(request).defer("sealed_private_key")

    @admin.action(description="Publish the next key, to sign in a few minutes", permissions=["signing_key:rotate"])
    def rotate(self, request: HttpRequest, chosen: QuerySet[SigningKey]) -> None:
        # Each algorithm has one chain of keys, whichever of its rows were ticked.
        for algorithm in sorted({key.algorithm for key in chosen}):
            for key in keys.renew(algorithm=algorithm, actor=actor_of(request), at=timezone.now()):
                self.message_user(request, f"The next {key.algorithm} key is {key.kid}")

    @admin.action(
        description="Emergency: replace every key and end every token at once", permissions=["signing_key:rotate"]
    )
    def replace_all(self, request: HttpRequest, chosen: QuerySet[SigningKey]) -> None:
        del chosen
        made = keys.renew(emergency=True, actor=actor_of(request), at=timezone.now())
        kids = ", ".join(key.kid for key in made)
        self.message_user(request, f"Every token is dead. What signs now: {kids}")


class SessionInline(HouseInline):
    model = Session
    fields = readonly_fields = ("device_name", "ip", "last_used_at", "expires_at", "revoked_at")


contribute_inline("accounts.User", SessionInline)

# Its pages register themselves.
__all__ = ["admin_secrets"]
