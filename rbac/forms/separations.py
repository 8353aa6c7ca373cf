"""What staff fill in of a separation of duty."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from common.forms import CleanCharField
from rbac.forms import choosing
from rbac.models import Role, SeparatedRole, SeparationOfDuty
from rbac.services.separation import SeparationChanges


class SeparationForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`seen_version` is what the form was opened at."""

    description = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))
    roles = choosing.several(SeparatedRole, "role", help_text="Of these nobody has more than the limit.")
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = SeparationOfDuty
        fields = ("name", "kind", "limit", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "roles" in self.fields:
            choosing.offer(self, "roles", Role.objects.order_by("name"))
        if not self.instance._state.adding:  # noqa: SLF001  a new one has its id already
            self.initial["roles"] = list(self.instance.separated.values_list("role_id", flat=True))
            self.initial["seen_version"] = self.instance.version

    def changes(self) -> SeparationChanges:
        said = self.cleaned_data
        return {
            "kind": said["kind"],
            "limit": said["limit"],
            "description": said["description"],
            "roles": list(said["roles"]),
        }
