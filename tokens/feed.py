"""The feed of revocations, read piece by piece by whoever remembers how far he came.

Rows get their numbers before they can be seen, and transactions end in another order. So no reader is led past a number before
every transaction that could hold a smaller one has ended: what came since is told again until then.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from tokens.errors import UnknownPlace
from tokens.models import Revocation

# Longer than any transaction lasts that records a revocation.
SETTLING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a reader has come. All up to `settled` has been told; at `seen_at` numbers up to `seen` had been given away.

    Within a sweep, which goes up to `ceiling`, `told` is the last number that was told, and the others are for its end.
    """

    settled: int = 0
    seen: int = 0
    seen_at: float = 0.0
    told: int | None = None
    ceiling: int = 0

    def begun(self, *, newest: int, now: float) -> Self:
        """The place within a sweep that begins at `now` (or began before), when `newest` is the largest number in sight."""
        if self.told is not None:
            return self
        sweep = replace(self, told=self.settled, ceiling=newest)
        if now - self.seen_at < SETTLING.total_seconds():
            return sweep
        # Whatever has a number up to `seen` is in sight by now: this sweep tells it, and the next ones need not.
        return replace(sweep, settled=self.seen, seen=newest, seen_at=now)

    def ended(self) -> Self:
        return replace(self, told=None, ceiling=0)


class Piece(NamedTuple):
    rows: list[Revocation]
    place: Place
    is_last: bool


def read(place: Place, *, size: int, at: datetime) -> Piece:
    """What comes after `place` and still matters at `at`; and the place after that.

    `UnknownPlace` where the feed has never come so far: the database was restored, and its numbers are given again.
    """
    # The newest row is never purged, so the numbers in sight never go back.
    newest = Revocation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if newest < max(place.seen, place.ceiling):
        raise UnknownPlace
    sweep = place.begun(newest=newest, now=at.timestamp())
    rows = Revocation.objects.filter(id__gt=sweep.told, id__lte=sweep.ceiling, expires_at__gt=at).order_by("id")
    found = list(rows[: size + 1])
    if len(found) <= size:
        return Piece(found, sweep.ended(), is_last=True)
    return Piece(found[:size], replace(sweep, told=found[size - 1].pk), is_last=False)
