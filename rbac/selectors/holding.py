"""What somebody holds: her own assignments and those of her groups, with all that the roles give."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts.models import ServiceAccount, User
from common.actors import Actor, ActorKind
from rbac import compiled
from rbac.decisions import OMNIPOTENCE, Held
from rbac.selectors.subjects import ALMIGHTY, KINDS, Holding, Known, known, known_among

Holder = User | ServiceAccount


NOTHING = Known(False, compiled.EMPTY, ())


def holder_of(kind: str, holder_id: UUID | None) -> Holder | None:
    """The person or machine of that id; None where there is none."""
    if holder_id is None:
        return None
    if kind == ActorKind.SERVICE_ACCOUNT:
        return ServiceAccount.objects.filter(pk=holder_id).first()
    return User.objects.filter(pk=holder_id).first() if kind == ActorKind.USER else None


def held_by(holder: Holder, *, at: datetime) -> tuple[Held, ...]:
    """What an active holder holds, assignments that have not begun or are over included: `decide` sorts them by the clock.

    Cut down to what the proof with which she came is good for. What a separation of duty holds back at `at` is marked so.
    """
    return holding_of(holder, at=at).held


def holding_of(holder: Holder, *, at: datetime) -> Holding:
    """As `held_by`, with its graph."""
    found = _known(holder) if holder.is_active else NOTHING
    return found.holding(bounds=holder.bounds, chosen=holder.session_roles, at=at)


def rank_of(holder: Holder) -> tuple[Held, ...]:
    """As `held_by`, but a deactivated account keeps its rank: who could revive and enter it would hold all this."""
    return _known(holder).held


def ranks_of(people: Collection[UUID]) -> dict[UUID, tuple[Held, ...]]:
    """As `rank_of`, of many people at once."""
    return {who: found.held for who, found in known_among(ActorKind.USER, people).items()}


def powers_of(actor: Actor, *, at: datetime) -> tuple[Held, ...]:
    """What the one who asks holds: the system everything, a person or a machine what it has now, anybody else nothing."""
    if actor.is_system:
        return (OMNIPOTENCE,)
    if actor.kind not in KINDS or actor.id is None:
        return ()
    found = known(actor.kind, actor.id)
    if found is None or not found.is_active:
        return ()
    return found.holding(bounds=actor.bounds, chosen=actor.session_roles, at=at).held


def _known(holder: Holder) -> Known:
    # The instance counts: who was made a superuser a line ago is one.
    return ALMIGHTY if holder.is_superuser else known(holder.actor_kind, holder.pk, first=holder.assigned) or NOTHING
