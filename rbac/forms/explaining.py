"""What staff fill in to have a decision explained."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from accounts.models import ServiceAccount, User
from common import permissions, scopes
from common.forms import CleanCharField, ScopeField
from rbac.forms import choosing
from rbac.models import RoleAssignment
from rbac.selectors import Holder

SUBJECTS = ("user", "service_account")


class ExplainForm(forms.Form):
    """May this person or machine do that there, then? Filled from the address, for to ask changes nothing."""

    user = choosing.one(RoleAssignment, "user", required=False)
    service_account = choosing.one(RoleAssignment, "service_account", required=False)
    permission = CleanCharField(max_length=161, widget=UnfoldAdminTextInputWidget, help_text="Such as invoice:approve.")
    scope = ScopeField(initial=scopes.ROOT, widget=UnfoldAdminTextInputWidget, help_text="Where, such as /acme/eu.")
    at = forms.SplitDateTimeField(
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="When, by what is assigned today. Empty: now.",
    )

    def __init__(self, asked: QueryDict, *, people: QuerySet[User], machines: QuerySet[ServiceAccount]) -> None:
        is_asked = "permission" in asked
        known = {name: asked[name] for name in (*SUBJECTS, "scope") if name in asked}
        super().__init__(asked if is_asked else None, initial=known)
        choosing.offer(self, "user", people)
        choosing.offer(self, "service_account", machines)

    def clean_permission(self) -> str:
        said: str = self.cleaned_data["permission"].strip()
        if not permissions.is_name(said):
            raise ValidationError("A permission is named resource:action, such as invoice:approve.")
        return said

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(said.get("user")) == bool(said.get("service_account")):
            self.add_error("user", "Name a user or a service account, and not both.")
        return said

    def holder(self) -> Holder:
        found: Holder = self.cleaned_data["user"] or self.cleaned_data["service_account"]
        return found

    def moment(self) -> datetime:
        said: datetime | None = self.cleaned_data["at"]
        return said or timezone.now()
