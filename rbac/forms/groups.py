"""What staff fill in of a group, and of who comes into one."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from common.forms import CleanCharField, ScopeField
from rbac.forms import choosing
from rbac.models import Group, GroupMembership

HOME = "A path such as /acme/eu. Whoever looks after that place, or one above it, looks after the group."


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`seen_version` is what the form was opened at."""

    title = CleanCharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    description = CleanCharField(max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))
    scope = ScopeField(required=False, help_text=HOME, widget=UnfoldAdminTextInputWidget)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Group
        fields = ("name", "title", "description", "scope")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  a new group has its id already
            self.initial["seen_version"] = self.instance.version


class MembersForm(forms.Form):
    """Who comes into the groups chosen before."""

    users = choosing.several(GroupMembership, "user")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choosing.offer(self, "users", people)
