"""What staff sees and does of machines' accounts. Their secrets are shown and made by tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import ServiceAccount
from accounts.services import service_accounts
from common.admin import HouseAdmin, actor_of
from common.forms import CleanCharField, ScopeField
from common.http.places import home_for, home_of, new_home

if TYPE_CHECKING:
    _Form = forms.ModelForm[ServiceAccount]
else:
    _Form = forms.ModelForm


class ServiceAccountForm(_Form):
    """`seen` is the version that was shown; it comes back, so that what somebody else has changed meanwhile is not written over."""

    name = CleanCharField(max_length=150, widget=UnfoldAdminTextInputWidget)
    description = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)
    scope = ScopeField(
        required=False,
        help_text="A path such as /acme/eu. Whoever looks after that place, or one above it, looks after it.",
        widget=UnfoldAdminTextInputWidget,
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ServiceAccount
        fields = ("name", "description", "scope")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version

    def validate_unique(self) -> None:
        """The service tells, in its own words."""


@admin.register(ServiceAccount)
class ServiceAccountAdmin(HouseAdmin):
    allows = frozenset({"add", "change", "delete"})
    form = ServiceAccountForm
    list_display = ("name", "description", "scope", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("^name", "=id")
    sortable_by = ("name",)
    readonly_fields = ("id", "is_active", "created_at", "updated_at")
    actions = ("deactivate", "reactivate")

    def applies(self, action: str, obj: ServiceAccount) -> bool:
        return {"deactivate": obj.is_active, "reactivate": not obj.is_active}.get(action, True)

    def get_fields(self, request: HttpRequest, obj: ServiceAccount | None = None) -> tuple[str, ...]:
        return ("name", "description", "scope", *(self.readonly_fields if obj else ()), "seen")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"scope": home_of(request, "service_account:add"), **super().get_changeform_initial_data(request)}

    def save_through_service(
        self, request: HttpRequest, obj: ServiceAccount, form: Any, change: bool
    ) -> ServiceAccount:
        said, actor, at = form.cleaned_data, actor_of(request), timezone.now()
        version = said.pop("seen")
        if change:
            obj.scope = form.initial["scope"]
            said["scope"] = new_home(request, "service_account:change", obj.scope, said["scope"])
            return service_accounts.update(obj, changes=said, if_version=version, actor=actor, at=at)
        said["scope"] = home_for(request, "service_account:add", said["scope"])
        return service_accounts.create(**said, actor=actor, at=at)

    def delete_through_service(self, request: HttpRequest, obj: ServiceAccount) -> None:
        service_accounts.delete(obj, actor=actor_of(request), at=timezone.now())

    @admin.action(description="Deactivate and end its tokens", permissions=["change"])
    def deactivate(self, request: HttpRequest, accounts: QuerySet[ServiceAccount]) -> None:
        actor, at = actor_of(request), timezone.now()
        count = sum(service_accounts.deactivate(account, actor=actor, at=at) for account in accounts)
        self.message_user(request, f"{count} of {len(accounts)} accounts deactivated")

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, accounts: QuerySet[ServiceAccount]) -> None:
        actor, at = actor_of(request), timezone.now()
        count = sum(service_accounts.reactivate(account, actor=actor, at=at) for account in accounts)
        self.message_user(request, f"{count} of {len(accounts)} accounts reactivated")
