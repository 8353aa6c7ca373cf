"""What staff fill in of a permission."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from common.forms import CleanCharField
from rbac.models import Permission


class PermissionForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`seen_version` is what the form was opened at."""

    description = CleanCharField(max_length=300, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Permission
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  a new permission has its id already
            self.initial["seen_version"] = self.instance.version
