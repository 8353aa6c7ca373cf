"""When a part that died is started again: at once useful, never a busy loop. Pure."""

from dataclasses import dataclass

LONGEST_DELAY = 30.0
STEADY_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Restart:
    """`delay` seconds from now; `failures` is how often in a row it has died, this time included."""

    delay: float
    failures: int


def after_exit(*, ran_for: float, failures: int) -> Restart:
    """Doubles the delay with each death in a row. A part that ran steadily before it died begins anew."""
    in_a_row = 1 if ran_for >= STEADY_AFTER else failures + 1
    # The exponent is bounded, so that a part which fails for years does not overflow.
    return Restart(delay=min(2.0 ** min(in_a_row - 1, 10), LONGEST_DELAY), failures=in_a_row)
