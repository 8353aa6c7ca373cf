"""What people and machines have in common: they can be asked what they may do. Who answers are the authentication backends."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import auth
from django.core.exceptions import PermissionDenied

from common import scopes
from common.actors import ActorKind


class Principal:
    """Somebody who can be let in. This app needs not know who answers for what she may do.

    `bounds` are patterns that what she holds is cut down to, because the proof she came with (an API key, a token of
    narrow scope) is good for no more; None where it is good for all. `session_roles` are the roles that her session has
    activated; None where she made no choice. `assigned` is what it holds where that was read together with its proof; None
    asks the database.
    """

    actor_kind: ClassVar[ActorKind]
    is_active: Any
    bounds: frozenset[str] | None = None
    session_roles: frozenset[UUID] | None = None
    assigned: Any = None

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and any(_asked(backend, "has_perm", self, perm, obj) for backend in auth.get_backends())

    def places_of(self, perm: str) -> tuple[str, ...]:
        """The topmost places at which she may: `/` alone where she may everywhere, none where she may nowhere."""
        if not self.is_active:
            return ()
        return scopes.topmost(place for backend in auth.get_backends() for place in _places(backend, self, perm))

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(
            _asked(backend, "has_module_perms", self, app_label) for backend in auth.get_backends()
        )


def _asked(backend: object, question: str, *args: Any) -> bool:
    # As in django.contrib.auth.models: a backend may lack the question, and PermissionDenied ends the asking.
    try:
        ask = getattr(backend, question, None)
        return bool(ask and ask(*args))
    except PermissionDenied:
        return False


def _places(backend: object, principal: Principal, perm: str) -> tuple[str, ...]:
    ask = getattr(backend, "places_of", None)
    if ask is not None:
        found: tuple[str, ...] = ask(principal, perm)
        return found
    # A backend that knows no places means everywhere.
    return (scopes.ROOT,) if _asked(backend, "has_perm", principal, perm) else ()
