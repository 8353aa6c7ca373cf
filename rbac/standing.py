"""Telling all nodes that what they remember of somebody, or of everybody, changes with this transaction.

Whoever changes what she holds, whether she is let in, or what roles give, says so here; what a layer above remembers of her lies
under the same stamps, and is forgotten with it.
"""

from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from common import stamps
from common.actors import SYSTEM
from events.bus import publish
from rbac.events.standing import StandingUntold


def changed(*subject_ids: UUID) -> None:
    """What is remembered of these people or machines changes with this transaction. A Redis that is away does not undo it."""
    _changing([str(subject) for subject in subject_ids])


def everybody_changed() -> None:
    """As `changed`, of something on which all of that rests: the keys, what a role gives, who is in a group."""
    _changing([stamps.EVERYBODY])


def forget_everybody() -> bool:
    """For changes that were committed some time ago. False where that could not be told."""
    return not settings.CACHE_SHARED or stamps.end([stamps.EVERYBODY], uuid4().hex)


class _Change:
    """Told by `begin`, and once more after the commit. Of two in one transaction the second need not tell what the first did."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.id = names, uuid4()

    def begin(self) -> bool:
        return stamps.begin(self.names, self.id.hex)

    def __call__(self) -> None:
        stamps.end(self.names, self.id.hex)


def _changing(names: list[str]) -> None:
    new = [name for name in dict.fromkeys(names) if name not in _told_already()]
    if not new or not settings.CACHE_SHARED:
        return
    change = _Change(new)
    if not change.begin():
        # If we are cut off and others are not, a worker may reach it.
        publish(StandingUntold(subject_id=change.id), actor=SYSTEM, at=timezone.now())
    transaction.on_commit(change, robust=True)


def _told_already() -> set[str]:
    # Of a savepoint that was undone, Django has dropped what was to follow.
    waiting = (entry[1] for entry in connection.run_on_commit)
    return {name for one in waiting if isinstance(one, _Change) for name in one.names}
