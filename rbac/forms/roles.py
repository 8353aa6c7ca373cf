"""What staff fill in of a role."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from common.forms import CleanCharField
from rbac import selectors
from rbac.forms import choosing
from rbac.limits import LONGEST_EMERGENCY
from rbac.models import Role, RoleInheritance
from rbac.services.roles import RoleChanges


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`version` is what the form was opened at: of two who edit one role, the second is told."""

    title = CleanCharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    description = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))
    permissions = CleanCharField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 6}),
        max_length=100_000,
        help_text="Its own, one on each line: invoice:approve, or with wildcards invoice:*, *:view.",
    )
    inherits = choosing.several(
        RoleInheritance, "junior", required=False, help_text="It also gives all that these roles give."
    )
    emergency_minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_EMERGENCY,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="For how long, at most, it may be taken at once in an emergency. Empty: not at all.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Role
        fields = ("name", "title", "description", "emergency_minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "inherits" in self.fields:
            choosing.offer(self, "inherits", Role.objects.order_by("name"))
        if not self.instance._state.adding:  # noqa: SLF001  a new role has its id already
            self.initial["permissions"] = "\n".join(selectors.patterns_of(self.instance))
            self.initial["inherits"] = list(self.instance.junior_links.values_list("junior_id", flat=True))
            self.initial["version"] = self.instance.version

    def clean_permissions(self) -> list[str]:
        said: str = self.cleaned_data["permissions"]
        return said.split()

    def changes(self) -> RoleChanges:
        said = self.cleaned_data
        return {
            "title": said["title"],
            "description": said["description"],
            "permissions": said["permissions"],
            "inherits": list(said["inherits"]),
            "emergency_minutes": said["emergency_minutes"],
        }
