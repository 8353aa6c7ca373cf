"""When a failed delivery is tried again and when no more, and how long a message may lie in a queue. Pure."""

from datetime import timedelta

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
GROWTH = 3.0
SPREAD = 0.2

FIRST_PATIENCE = timedelta(minutes=1)
LONGEST_PATIENCE = timedelta(hours=6)


def next_wait(*, tries_left: int, of: int, chance: float) -> timedelta | None:
    """How long until the next try; None when there is none.

    Twelve tries reach over more than a day, which is what a broken mail server takes. `chance` (0 to 1) spreads the
    waits by a fifth to either side, so that what failed together is not tried again together.

    >>> next_wait(tries_left=11, of=12, chance=0.5), next_wait(tries_left=0, of=12, chance=0.5)
    (datetime.timedelta(seconds=10), None)
    """
    if tries_left <= 0:
        return None
    failures = max(of - tries_left, 1)
    # The exponent is bounded too: 3 to the power of a thousand is no number of seconds.
    wait = min(FIRST_WAIT * GROWTH ** min(failures - 1, 20), LONGEST_WAIT)
    return wait * (1 + SPREAD * (2 * chance - 1))


def patience(waited: timedelta) -> timedelta:
    """How long to believe in a message that was just sent for a delivery that has been due for `waited` already.

    It doubles, so that a delivery that waits long behind others has few messages in the queue: about log2 of the minutes.

    >>> patience(timedelta(0)), patience(timedelta(minutes=5))
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=480))
    """
    found = FIRST_PATIENCE
    while found < waited and found < LONGEST_PATIENCE:
        found *= 2
    return min(found, LONGEST_PATIENCE)
