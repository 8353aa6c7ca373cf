"""May she? One statement at most, or none where nodes remember together what she holds."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from common import permissions, scopes
from common.actors import Actor, ActorKind
from rbac import decisions
from rbac.decisions import Cause, Decision
from rbac.selectors.holding import Holder, held_by, holding_of, powers_of
from rbac.selectors.subjects import KINDS, Holding, Known, known, known_among

NAMED = {kind.value: kind for kind in KINDS}


class Asked(NamedTuple):
    """Whether the subject of that kind and id may do it there."""

    kind: str
    subject_id: str
    permission: str
    scope: str = scopes.ROOT


def may(holder: Holder | AnonymousUser, permission: str, *, scope: str = scopes.ROOT, at: datetime) -> Decision:
    """As things are now: what was changed a moment ago, on whatever node, counts."""
    if isinstance(holder, AnonymousUser):
        return Decision(False, Cause.UNKNOWN_SUBJECT, permission, scope)
    return may_each(holder, [(permission, scope)], at=at)[0]


def may_each(holder: Holder, asked: Iterable[tuple[str, str]], *, at: datetime) -> list[Decision]:
    """As `may`, for each permission at its scope, with one look at what she holds."""
    if not holder.is_active:
        return [Decision(False, Cause.INACTIVE, permission, scope) for permission, scope in asked]
    holding = holding_of(holder, at=at)
    return [_decided(holding, permission, scope, at) for permission, scope in asked]


def evaluate(kind: str, subject_id: str, permission: str, *, scope: str, at: datetime) -> Decision:
    """Whether the subject of that kind and id may; who is not there may nothing."""
    whose = NAMED.get(kind)
    who = _id_in(subject_id) if whose else None
    found = known(whose, who) if whose and who else None
    return _evaluated(_counting(found, at) if found else None, permission, scope, at)


def evaluate_many(questions: Sequence[Asked], *, at: datetime) -> list[Decision]:
    """As `evaluate`, each in its place. All people are looked up together, and so are all machines."""
    if len(questions) == 1:
        kind, subject_id, permission, scope = questions[0]
        return [evaluate(kind, subject_id, permission, scope=scope, at=at)]
    holdings: dict[str, dict[str, Holding | Cause]] = {
        kind: _holdings(kind, {one.subject_id for one in questions if one.kind == kind}, at) for kind in KINDS
    }
    return [_evaluated(holdings.get(kind, {}).get(who), name, scope, at) for kind, who, name, scope in questions]


def _holdings(kind: ActorKind, told: Iterable[str], at: datetime) -> dict[str, Holding | Cause]:
    """By the ids as they were told: what each holds, or why nothing of it counts."""
    ids = {text: who for text in told if (who := _id_in(text))}
    found = known_among(kind, ids.values()) if ids else {}
    return {text: _counting(found[who], at) for text, who in ids.items() if who in found}


def _counting(known: Known, at: datetime) -> Holding | Cause:
    return known.holding(at=at) if known.is_active else Cause.INACTIVE


# Who is asked about once is asked about again.
@lru_cache(maxsize=10_000)
def _id_in(told: str) -> UUID | None:
    try:
        return UUID(told)
    except ValueError:
        return None


def _evaluated(holding: Holding | Cause | None, permission: str, scope: str, at: datetime) -> Decision:
    if isinstance(holding, Holding):
        return _decided(holding, permission, scope, at)
    return Decision(False, holding or Cause.UNKNOWN_SUBJECT, permission, scope)


def _decided(holding: Holding, permission: str, scope: str, at: datetime) -> Decision:
    if not permissions.is_name(permission):
        return Decision(False, Cause.NOT_A_PERMISSION, permission, scope)
    return decisions.decide(holding.graph, holding.held, permission, scope, at)


def places_of(holder: Holder, permission: str, *, at: datetime) -> tuple[str, ...]:
    """The topmost scopes at which she holds it: `/` alone where she holds it everywhere, none where she does nowhere."""
    return decisions.places(held_by(holder, at=at), permission, at)


def places_for(actor: Actor, permission: str, *, at: datetime) -> tuple[str, ...]:
    """As `places_of`, for the one who asks."""
    return decisions.places(powers_of(actor, at=at), permission, at)
