"""Who asks, about whom she may, and how much of the reasons is hers to read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, cast
from uuid import UUID

from rest_framework.request import Request

from common import scopes
from common.http.permissions import MissingPermission
from rbac import selectors
from rbac.decisions import Decision
from rbac.selectors import Asked, Holder

EVALUATE = "decision:evaluate"


class Sight(NamedTuple):
    """Where somebody may see what another holds, and whether she may hear of roles that nobody has given him."""

    places: tuple[str, ...]
    knows_roles: bool


OWN = Sight((scopes.ROOT,), knows_roles=False)


class Asker:
    """Anybody may ask about herself; about others may ask whoever holds `decision:evaluate` at the place in question."""

    def __init__(self, request: Request) -> None:
        self.holder = cast("Holder", request.user)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where she may ask about others."""
        return self.holder.places_of(EVALUATE)

    def is_called(self, kind: str, subject_id: str) -> bool:
        if kind != self.holder.actor_kind:
            return False
        try:
            return UUID(subject_id) == self.holder.pk
        except ValueError:
            return False

    def demand_a_place(self, scope: str) -> None:
        if not any(scopes.covers(place, scope) for place in self.places):
            raise MissingPermission(EVALUATE)

    def demand(self, kind: str, subject_id: str, scope: str) -> None:
        """Go on only if it is hers to ask about that subject, there."""
        if not self.is_called(kind, subject_id):
            self.demand_a_place(scope)

    def subject(self, kind: str, subject_id: str) -> Holder | None:
        """Herself with what she came with, or whoever else it is."""
        if self.is_called(kind, subject_id):
            return self.holder
        try:
            return selectors.holder_of(kind, UUID(subject_id))
        except ValueError:
            return None

    def sight_of(self, kind: str, subject_id: str) -> Sight:
        """What the subject holds is hers to see if it is she herself, though not for a key that is good for less than she is."""
        if self.holder.bounds is None and self.is_called(kind, subject_id):
            return OWN
        return Sight(self.places, knows_roles=True)

    def decisions(self, asked: Sequence[Asked], *, at: datetime) -> list[Decision]:
        """About herself by what she came with is good for (a key's bounds, a session's roles); about all others together."""
        about_her = [self.is_called(one.kind, one.subject_id) for one in asked]
        own = [(one.permission, one.scope) for one, is_own in zip(asked, about_her, strict=True) if is_own]
        rest = [one for one, is_own in zip(asked, about_her, strict=True) if not is_own]
        hers = iter(selectors.may_each(self.holder, own, at=at) if own else ())
        theirs = iter(selectors.evaluate_many(rest, at=at) if rest else ())
        return [next(hers if is_own else theirs) for is_own in about_her]
