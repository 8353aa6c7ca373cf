"""Makes `user.has_perm(…)` ask the roles, for Django's admin and for every app below that must not know of this one.

Django's own `auth_permission` rows exist, since its auth app is installed, and count for nothing.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.signals import request_finished, request_started
from django.utils import timezone

from common import permissions, scopes
from rbac import decisions, mirror, selectors
from rbac.selectors import Holder, Holding

# To look at somebody takes nothing from her, nor does giving her a role: what is given must be held, and the service asks.
HARMLESS = ("*:view", "role_assignment:add")

# An admin page asks a hundred times. What one request has read may serve that request, and never another.
_request: ContextVar[object] = ContextVar("rbac_request", default=None)


class _Remembered(NamedTuple):
    request: object
    holding: Holding


def _begin(**_: object) -> None:
    _request.set(object())


def _finish(**_: object) -> None:
    _request.set(None)


request_started.connect(_begin, dispatch_uid="rbac.backends")
request_finished.connect(_finish, dispatch_uid="rbac.backends")


class RoleBackend(BaseBackend):
    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: object = None) -> bool:
        """`perm` is a name of ours or Django's, asked at the place of `obj`. Those who outrank the asker are not his to touch."""
        if not isinstance(user_obj, Holder):
            return False
        name, at = mirror.name_of(perm), timezone.now()
        if obj is permissions.ANYWHERE:
            return bool(self.places_of(user_obj, perm))
        if not permissions.is_name(name) or not decisions.decide(*_held_by(user_obj, at), name, _place_of(obj), at):
            return False
        return not (isinstance(obj, Holder) and _touches(name) and _outranked(user_obj, obj, at))

    def places_of(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str) -> tuple[str, ...]:
        """The topmost scopes at which she holds it."""
        name, at = mirror.name_of(perm), timezone.now()
        if not isinstance(user_obj, Holder) or not permissions.is_name(name):
            return ()
        return decisions.places(_held_by(user_obj, at).held, name, at)

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        return any(self.has_perm(user_obj, codename) for codename in mirror.codenames_of(app_label))


def _held_by(user: Holder, at: datetime) -> Holding:
    request = _request.get()
    remembered: _Remembered | None = user.__dict__.get("_rbac_held")
    if request is not None and remembered and remembered.request is request and user.is_active:
        return remembered.holding
    holding = selectors.holding_of(user, at=at)
    user.__dict__["_rbac_held"] = _Remembered(request, holding)
    return holding


def _place_of(obj: object) -> str:
    """Where it lies: people, machines, groups and assignments have a scope; what has none belongs to the whole server."""
    scope = getattr(obj, "scope", scopes.ROOT)
    return scope if isinstance(scope, str) else scopes.ROOT


def _touches(name: str) -> bool:
    return not any(permissions.covers(pattern, name) for pattern in HARMLESS)


def _outranked(asker: Holder, other: Holder, at: datetime) -> bool:
    return asker.pk != other.pk and bool(selectors.above(selectors.rank_of(other), _held_by(asker, at).held, at))
