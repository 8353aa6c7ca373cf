from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.admin import HouseAdmin, actor_of
from tokens import admin_secrets, admin_sessions
from tokens.models import SigningKey
from tokens.services import keys


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


# Their pages register themselves.
__all__ = ["admin_secrets", "admin_sessions"]
