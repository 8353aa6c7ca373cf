"""What staff fill in to give a role: to one holder, or to those chosen on a list."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from common import scopes
from common.forms import CleanCharField, ScopeField
from rbac.models import Role, RoleAssignment
from rbac.models.assignments import HOLDERS


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    scope = ScopeField(initial=scopes.ROOT, widget=UnfoldAdminTextInputWidget)
    reason = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = RoleAssignment
        fields = (*HOLDERS, "role", "scope", "valid_from", "valid_until", "reason")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and sum(bool(said.get(holder)) for holder in HOLDERS) != 1:
            self.add_error("user", "Name a user, a service account or a group, and only one of them.")
        return said

    def terms(self) -> dict[str, Any]:
        """What the service takes."""
        said = dict(self.cleaned_data)
        person, machine, group = (said.pop(holder) for holder in HOLDERS)
        return {**said, "holder": person or machine or group}

    def validate_unique(self) -> None:
        """The service tells, in its own words, and knows which assignments are over."""

    def validate_constraints(self) -> None:
        """As above."""


class AssignRoleForm(forms.Form):
    """A role for the people, machines or groups chosen before."""

    role = forms.ModelChoiceField(Role.objects.none(), widget=UnfoldAdminSelectWidget)
    scope = ScopeField(initial=scopes.ROOT, widget=UnfoldAdminTextInputWidget)
    valid_until = forms.SplitDateTimeField(required=False, widget=UnfoldAdminSplitDateTimeWidget)
    reason = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, roles: QuerySet[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = roles  # type: ignore[attr-defined]  # a ModelChoiceField's
