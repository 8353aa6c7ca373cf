"""Django's own sign-in (the admin's form), by the same guarded door as the API's."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services import sign_in
from common.actors import SYSTEM
from common.http.actors import actor_of

DOOR = "admin"


class PasswordBackend(BaseBackend):
    """E-mail and password. Who may do what is answered by other backends."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        actor = actor_of(request) if request else SYSTEM
        return sign_in.verify(email=username, password=password, door=DOOR, actor=actor, at=timezone.now())

    def get_user(self, user_id: UUID | str) -> User | None:
        """Read anew for each request, so that a closed account is closed at once."""
        return User.objects.filter(pk=user_id, is_active=True).first()
