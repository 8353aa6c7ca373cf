"""What staff fill in: a role, an assignment, and a role for people chosen on their list."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from common.forms import CleanCharField
from rbac import scopes, selectors
from rbac.errors import InvalidScope
from rbac.models import Role, RoleAssignment
from rbac.services.roles import RoleChanges


class ScopeField(CleanCharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            initial=scopes.ROOT, max_length=scopes.MAX_LENGTH, widget=UnfoldAdminTextInputWidget, **options
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            scopes.checked(value)
        except InvalidScope as fault:
            raise forms.ValidationError(fault.detail, code=fault.code) from None


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`version` is what the form was opened at: of two who edit one role, the second is told."""

    title = CleanCharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    description = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))
    permissions = CleanCharField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 6}),
        max_length=100_000,
        help_text="One on each line: invoice:approve, or with wildcards invoice:*, *:view.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Role
        fields = ("name", "title", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  a new role has its id already
            self.initial["permissions"] = "\n".join(selectors.patterns_of(self.instance))
            self.initial["version"] = self.instance.version

    def clean_permissions(self) -> list[str]:
        said: str = self.cleaned_data["permissions"]
        return said.split()

    def changes(self) -> RoleChanges:
        said = self.cleaned_data
        return {"title": said["title"], "description": said["description"], "permissions": said["permissions"]}


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    scope = ScopeField()
    reason = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = RoleAssignment
        fields = ("user", "service_account", "role", "scope", "valid_from", "valid_until", "reason")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(said.get("user")) == bool(said.get("service_account")):
            self.add_error("user", "Name a user or a service account, and not both.")
        return said

    def terms(self) -> dict[str, Any]:
        """What the service takes."""
        said = dict(self.cleaned_data)
        person, machine = said.pop("user"), said.pop("service_account")
        return {**said, "holder": person or machine}

    def validate_unique(self) -> None:
        """The service tells, in its own words, and knows which assignments are over."""

    def validate_constraints(self) -> None:
        """As above."""


class AssignRoleForm(forms.Form):
    """A role for the people or machines chosen before."""

    role = forms.ModelChoiceField(Role.objects.none(), widget=UnfoldAdminSelectWidget)
    scope = ScopeField()
    valid_until = forms.SplitDateTimeField(required=False, widget=UnfoldAdminSplitDateTimeWidget)
    reason = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = Role.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField's
