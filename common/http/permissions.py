"""Who may call: every operation names the permission it needs, and one that names none is refused."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.errors import PermissionRefused

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
    """Asks `needs` of the view; a view without it is closed to everybody."""

    message: ClassVar[str] = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        need = need_of(view, request.method)
        if need == PUBLIC:
            return True
        if not request.user.is_authenticated:
            raise NotAuthenticated
        if need is None:
            raise PermissionRefused("This operation is open to nobody.")
        if need != SELF:
            demand(request, need)
        return True


class OutOfReach(PermissionRefused):
    """She holds the permission, but this one is not hers to touch."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"You hold {permission}, but not over somebody who may do here what you may not.")
        self.members = {"permission": permission}


def demand(request: Request, permission: str, obj: Any = None) -> None:
    if request.user.has_perm(permission, obj):
        return
    if obj is not None and request.user.has_perm(permission):
        raise OutOfReach(permission)
    raise MissingPermission(permission)
