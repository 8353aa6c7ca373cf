"""Staff's view of the secrets of machines and of API keys. A new secret is shown once, on a page that nothing keeps."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from accounts.models import ServiceAccount, User
from common.admin import HouseAdmin, HouseInline, actor_of, contribute_action, contribute_inline
from common.admin_actions import FROM_ITS_PAGE
from common.errors import Refused
from tokens.models import ApiKey, ServiceCredential
from tokens.services import api_keys, credentials
from tokens.services.credentials import Added


class NewSecretForm(forms.Form):
    """Until when it is good; empty: until it is revoked."""

    expires_at = forms.SplitDateTimeField(required=False, widget=UnfoldAdminSplitDateTimeWidget)


class SecretAdmin(HouseAdmin):
    """Made by actions elsewhere, revoked here, never edited. `owner` names the field whose rank guards it."""

    owner: str
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    actions = ("revoke",)

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Whoever may not touch the owner may not revoke his secrets either."""
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return super().holds(request, action, getattr(found, self.owner, found))

    def applies(self, action: str, obj: Any) -> bool:
        return obj.revoked_at is None

    @admin.display(boolean=True, description="Revoked")
    def is_revoked(self, secret: ServiceCredential | ApiKey) -> bool:
        return secret.revoked_at is not None

    @admin.action(description="Revoke", permissions=["delete"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        count = sum(self.revoke_one(request, secret) for secret in chosen)
        self.message_user(request, f"{count} of {len(chosen)} revoked")

    def revoke_one(self, request: HttpRequest, secret: Any) -> bool:
        raise NotImplementedError


@admin.register(ServiceCredential)
class ServiceCredentialAdmin(SecretAdmin):
    owner = "service_account"
    list_display = ("service_account", "hint", "created_at", "last_used_at", "expires_at", "is_revoked")
    list_select_related = ("service_account",)
    link_filters = ("service_account__id__exact",)
    search_fields = ("=id", "=hint")
    fields = readonly_fields = (
        "id",
        "service_account",
        "hint",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )

    def revoke_one(self, request: HttpRequest, secret: ServiceCredential) -> bool:
        return credentials.revoke(secret, actor=actor_of(request), at=timezone.now())


@admin.register(ApiKey)
class ApiKeyAdmin(SecretAdmin):
    owner = "user"
    list_display = ("user", "name", "hint", "created_at", "last_used_at", "expires_at", "is_revoked")
    list_select_related = ("user",)
    link_filters = ("user__id__exact",)
    search_fields = ("=id",)
    fields = readonly_fields = (
        "id",
        "user",
        "name",
        "hint",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )

    def revoke_one(self, request: HttpRequest, secret: ApiKey) -> bool:
        return api_keys.revoke(secret, reason="revoked_by_staff", actor=actor_of(request), at=timezone.now())


class CredentialInline(HouseInline):
    model = ServiceCredential
    verbose_name_plural = "credentials"
    fields = readonly_fields = ("hint", "created_at", "last_used_at", "expires_at", "revoked_at")


class ApiKeyInline(HouseInline):
    model = ApiKey
    verbose_name_plural = "API keys"
    fields = readonly_fields = ("name", "hint", "last_used_at", "expires_at", "revoked_at")


@admin.action(description="New secret", permissions=["service_credential:add"])
def new_secret(page: HouseAdmin, request: HttpRequest, chosen: QuerySet[ServiceAccount]) -> HttpResponse | None:
    """First asks until when, then shows it. It stands in that one answer and in no message, cookie or session."""
    account = chosen.first()
    if account is None or len(chosen) > 1:
        page.message_user(request, "A secret is made for one account at a time.", messages.ERROR)
        return None
    form = NewSecretForm(request.POST if "apply" in request.POST else None)
    if not (form.is_bound and form.is_valid()):
        return _page(page, request, account, form=form, media=page.media + form.media)
    added = credentials.add(account, **form.cleaned_data, actor=actor_of(request), at=timezone.now())
    if isinstance(added, Refused):
        page.message_user(request, added.error.detail, messages.ERROR)
        return None
    return _page(page, request, account, added=added)


def _page(
    page: HouseAdmin, request: HttpRequest, account: ServiceAccount, *, added: Added | None = None, **more: Any
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": f"New secret for {account}",
        "opts": page.opts,
        "account": account,
        "added": added,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "from_its_page": FROM_ITS_PAGE if FROM_ITS_PAGE in request.POST else "",
        "back": page.page_of(str(account.pk)),
        **more,
    }
    return TemplateResponse(request, "tokens/new_secret.html", context, headers={"Cache-Control": "no-store"})


@admin.action(description="Revoke all API keys", permissions=["api_key:delete"])
def revoke_keys(page: HouseAdmin, request: HttpRequest, chosen: QuerySet[User]) -> None:
    """For an account that others may have got into: keys outlive its password and its sessions."""
    actor, at = actor_of(request), timezone.now()
    count = sum(api_keys.revoke_all(user, reason="revoked_by_staff", actor=actor, at=at) for user in chosen)
    page.message_user(request, f"{count} API keys of {len(chosen)} people revoked")


contribute_action("accounts.ServiceAccount", new_secret)
contribute_inline("accounts.ServiceAccount", CredentialInline)
contribute_action("accounts.User", revoke_keys)
contribute_inline("accounts.User", ApiKeyInline)
