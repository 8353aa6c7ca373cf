"""Staff changes her own password on the staff site, by the same rules and with the same event as over the API."""

from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.utils import timezone
from unfold.forms import AdminOwnPasswordChangeForm

from accounts.models import User
from accounts.services import passwords
from common.actors import Actor
from common.errors import DomainError
from common.http.actors import actor_of

SHOWN_AT = {"current_password": "old_password", "password": "new_password1"}


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    def __init__(self, user: User, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.actor = actor

    def clean_old_password(self) -> str:
        # The service looks at it, and counts the try; looking here too would be a door without a lock.
        return str(self.cleaned_data["old_password"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors:
            self._change(cleaned["old_password"], cleaned["new_password1"])
        return cleaned

    def _change(self, current: str, new: str) -> None:
        try:
            passwords.change(self.user, current=current, new=new, actor=self.actor, at=timezone.now())
        except DomainError as refusal:
            for error in refusal.errors:
                self.add_error(SHOWN_AT.get(error.field), error.detail)
            if not refusal.errors:
                self.add_error(None, refusal.detail)

    def save(self, commit: bool = True) -> User:  # noqa: ARG002  the signature is Django's
        """Already done; her present cookie must fit the new password."""
        user: User = self.user
        user.refresh_from_db()
        return user


class OwnPassword(PasswordChangeView):
    template_name = "registration/password_change_form.html"
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "actor": actor_of(self.request)}
