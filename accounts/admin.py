"""What staff sees and does of people. No password is shown or set here, but the first one of a new account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts import addresses, admin_machines
from accounts.models import User
from accounts.services import lifecycle, recovery
from common.admin import MarkedRefusals, actor_of
from common.forms import ScopeField
from common.http.places import home_for, home_of, new_home

if TYPE_CHECKING:
    _UserForm = forms.ModelForm[User]
else:
    _UserForm = forms.ModelForm

PROFILE = ("display_name", "locale", "timezone", "scope", "is_staff", "is_superuser")
SHOWN = ("email", "is_active")
HOME = "A path such as /acme/eu. Whoever looks after that place, or one above it, looks after her."
TIMES = ("email_verified_at", "password_changed_at", "last_login", "not_before", "created_at", "updated_at")


class NewUserForm(_UserForm):
    email = forms.EmailField(max_length=addresses.MAX_LENGTH, widget=UnfoldAdminEmailInputWidget())
    password = forms.CharField(
        required=False,
        strip=False,
        help_text="Leave it empty, and she is invited by mail to choose her own.",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    scope = ScopeField(required=False, help_text=HOME, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = User
        fields = ("display_name", "locale", "timezone", "scope", "is_staff")


class ProfileForm(_UserForm):
    """`version` comes back as it was shown, so that what somebody else has changed meanwhile is not written over."""

    scope = ScopeField(required=False, help_text=HOME, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = User
        fields = (*PROFILE, "version")
        widgets: ClassVar = {"version": forms.HiddenInput}


@admin.register(User)
class UserAdmin(MarkedRefusals):
    allows = frozenset({"add", "change", "delete"})
    list_display = (
        "email_canonical",
        "display_name",
        "scope",
        "is_active",
        "is_staff",
        "verified",
        "last_login",
        "created_at",
    )
    list_filter = ("is_active", "is_staff", "is_superuser", ("email_verified_at", admin.EmptyFieldListFilter))
    search_fields = ("=id",)
    search_help_text = "The beginning of an e-mail address or of a name, or an id"
    sortable_by = ("email_canonical", "created_at")
    readonly_fields = (*SHOWN, *TIMES)
    fieldsets = ((None, {"fields": (*SHOWN, *PROFILE, "version")}), ("Times", {"fields": TIMES}))
    add_fieldsets = (
        (None, {"fields": ("email", "password", "display_name", "locale", "timezone", "scope", "is_staff")}),
    )
    actions = ("deactivate", "reactivate", "sign_out", "send_reset", "unlock")

    def applies(self, action: str, obj: User) -> bool:
        return {"deactivate": obj.is_active, "reactivate": not obj.is_active}.get(action, True)

    @admin.display(boolean=True, description="Proven address")
    def verified(self, user: User) -> bool:
        return user.email_verified_at is not None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, _ = super().get_search_results(request, queryset, search_term)
        term = self.search_term(search_term.replace("\0", "")[: addresses.MAX_LENGTH])
        return (found | queryset.beginning(term) if term else found), False  # type: ignore[attr-defined]  # a UserQuerySet

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=ProfileForm if obj else NewUserForm, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"scope": home_of(request, "user:add"), **super().get_changeform_initial_data(request)}

    def save_through_service(self, request: HttpRequest, obj: User, form: Any, change: bool) -> User | None:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        if change:
            obj.scope = form.initial["scope"]
            said["scope"] = new_home(request, "user:change", obj.scope, said["scope"])
            outcome = lifecycle.update(obj, changes=said, if_version=said.pop("version"), actor=actor, at=at)
            return self.told(request, outcome)
        said["scope"] = home_for(request, "user:add", said["scope"])
        made = lifecycle.create(**said | {"password": said["password"] or None}, actor=actor, at=at)
        return self.told(request, made)

    def delete_through_service(self, request: HttpRequest, obj: User) -> None:
        lifecycle.erase(obj, actor=actor_of(request), at=timezone.now())

    @admin.action(description="Deactivate and sign out everywhere", permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._tell(request, users, lifecycle.deactivate, "deactivated")

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._tell(request, users, lifecycle.reactivate, "reactivated")

    @admin.action(description="Sign out everywhere", permissions=["session:end"])
    def sign_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._tell(request, users, lifecycle.sign_out, "signed out")

    @admin.action(description="Send a link to set a password", permissions=["user:send_password_reset"])
    def send_reset(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._tell(request, users, recovery.send_link, "sent a link")

    @admin.action(description="Unlock", permissions=["user:unlock"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._tell(request, users, lifecycle.unlock, "unlocked")

    def _tell(self, request: HttpRequest, users: QuerySet[User], do: Callable[..., bool | None], done: str) -> None:
        actor, at = actor_of(request), timezone.now()
        # False is said where there was nothing to do; who cannot fail says nothing.
        count = sum(do(user, actor=actor, at=at) is not False for user in users)
        self.message_user(request, f"{count} of {len(users)} accounts {done}")


# Its pages register themselves.
__all__ = ["admin_machines"]
