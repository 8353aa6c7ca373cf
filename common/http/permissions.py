"""Who may call: every operation names the permission it needs, and one that names none is refused."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from common.actors import ActorKind
from common.errors import PermissionRefused
from common.permissions import ANYWHERE

SELF = "self"
PUBLIC = "public"


class MissingPermission(PermissionRefused):
    """Names what is missing, so that the one who is refused knows what to ask for."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"You need the permission {permission}.")
        self.members = {"permission": permission}


def need_of(view: Any, method: str | None) -> str | None:
    """The permission's name, `SELF`, `PUBLIC`, or None where the view names nothing for that method."""
    needs: Mapping[str, str] = getattr(view, "needs", {})
    return needs.get("GET" if method == "HEAD" else method or "")


class HoldsWhatIsNeeded(BasePermission):
    """Asks `needs` of the view; a view without it is closed to everybody.

    A view that `is_placed` opens to whoever holds it anywhere, and narrows itself what it shows and does by place.
    """

    message: ClassVar[str] = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        need = need_of(view, request.method)
        if need == PUBLIC:
            return True
        if not request.user.is_authenticated:
            raise NotAuthenticated
        if need is None:
            raise PermissionRefused("This operation is open to nobody.")
        if need == SELF:
            _demand_herself(request, view)
        else:
            demand(request, need, ANYWHERE if getattr(view, "is_placed", False) else None)
        return True


class SessionRequired(PermissionRefused):
    """What is about herself takes a sign-in: a key that leaked must not change her password, or make more keys."""

    code = "session_required"
    title = "This takes the access token of a signed-in person"


def _demand_herself(request: Request, view: Any) -> None:
    user: Any = request.user
    is_person = user.actor_kind is ActorKind.USER
    signed_in = is_person and user.bounds is None
    if signed_in or view.open_to_keys or (is_person and request.method in SAFE_METHODS):
        return
    raise SessionRequired


class OutOfReach(PermissionRefused):
    """She holds the permission, but this one is not hers to touch."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"You hold {permission}, but not here, or not over somebody who may do here what you may not.")
        self.members = {"permission": permission}


def demand(request: Request | HttpRequest, permission: str, obj: Any = None) -> None:
    user: Any = request.user
    if user.has_perm(permission, obj):
        return
    if obj is not None and user.has_perm(permission, ANYWHERE):
        raise OutOfReach(permission)
    raise MissingPermission(permission)
