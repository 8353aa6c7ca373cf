import pytest

from identity_server.supervisor.restarts import LONGEST_DELAY, STEADY_AFTER, after_exit


@pytest.mark.parametrize(
    ("failures", "delay"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (10_000, 30)]
)
def test_each_death_in_a_row_doubles_the_delay_up_to_half_a_minute(failures: int, delay: float) -> None:
    restart = after_exit(ran_for=0.1, failures=failures)

    assert (restart.delay, restart.failures) == (delay, failures + 1)


@pytest.mark.parametrize(
    ("ran_for", "failures_after"), [(0.0, 6), (STEADY_AFTER - 0.1, 6), (STEADY_AFTER, 1), (86_400.0, 1)]
)
def test_only_a_part_that_ran_steadily_begins_anew(ran_for: float, failures_after: int) -> None:
    assert after_exit(ran_for=ran_for, failures=5).failures == failures_after


def test_there_is_always_a_pause() -> None:
    delays = {after_exit(ran_for=ran_for, failures=n).delay for ran_for in (0, 1e9) for n in range(50)}

    assert min(delays) >= 1
    assert max(delays) == LONGEST_DELAY
