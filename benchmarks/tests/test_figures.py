from typing import Any

import pytest

from benchmarks import goals, measures, report
from benchmarks.goals import GOALS
from benchmarks.load import MARK, Outcome
from benchmarks.measures import FLOOD, FLOODED, Figure
from benchmarks.rounds import Findings


def figure(route: str, rate: float, **traits: float | None) -> Figure:
    given: dict[str, Any] = {
        "p50": 1.0,
        "p99": 2.0,
        "server_cpu": 1.0,
        "database_cpu": 1.0,
        "refused": 0,
        "broken": 0,
        **traits,
    }
    return Figure(route, rate, **given)


def findings(**rates: list[float]) -> Findings:
    """Rates of `me`, a round each, by the server's name; everything else is the same everywhere."""
    found = Findings(hashes=[50.0] * len(rates["ours"]))
    for name, many in rates.items():
        found.figures[name, "me"] = [figure("me", rate) for rate in many]
        for route in ("login", FLOODED, FLOOD):
            found.figures[name, route] = [figure(route, 25.0) for _ in many]
        found.memory[name], found.cold[name] = [100.0], [1.0]
    return found


def test_what_was_refused_counts_as_no_work() -> None:
    said = f'x\n{MARK}{{"requests": 100, "seconds": 2, "p50": 1, "p99": 2, "refused": 40, "broken": 0}}\n'

    assert Outcome.parse(said).rate == 30


def test_a_load_that_ended_without_figures_is_no_outcome() -> None:
    with pytest.raises(RuntimeError, match="unable to connect"):
        Outcome.parse("unable to connect to 127.0.0.1")


def test_a_ratio_is_that_of_one_round_and_never_of_two() -> None:
    # The machine was slow in the second round. The medians of the rates, 90 and 30, would tell 3.
    found = findings(ours=[400, 40, 90], stock=[100, 10, 30])

    assert report.figures(found)["me"] == 4


def test_a_server_without_the_route_has_no_ratio() -> None:
    assert "introspect" not in report.figures(findings(ours=[1], stock=[1]))


def test_a_sign_in_is_compared_with_the_bare_hashes_of_its_round() -> None:
    assert report.figures(findings(ours=[1, 1], stock=[1, 1]))["login"] == 0.5


def test_readers_beside_a_flood_that_got_nothing_done_are_not_counted() -> None:
    found = findings(ours=[1, 1], stock=[1, 1])
    found.figures["ours", FLOOD][1] = figure(FLOOD, 0.0)

    assert "flooded_p99" not in report.figures(found)


def test_the_table_says_how_many_were_refused() -> None:
    found = findings(ours=[1], stock=[1], tuned=[1])
    found.figures["ours", "me"] = [figure("me", 1.0, refused=7)]

    assert any("7 refused" in line for line in report.table(found))


def test_a_database_that_is_elsewhere_has_no_cpu_time_instead_of_none_used() -> None:
    assert measures.middle([figure("me", 1.0, database_cpu=None)] * 2).database_cpu is None


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [("refresh", 10, "met"), ("refresh", 9.9, "open"), ("cold_start", 1.2, "met"), ("cold_start", 1.3, "open")],
)
def test_a_goal_is_met_at_its_bound(key: str, value: float, word: str) -> None:
    line = next(one for one, goal in zip(goals.verdicts({key: value}), GOALS, strict=True) if goal.key == key)

    assert line.split()[0] == word


def test_what_was_not_measured_is_not_met() -> None:
    assert all("not measured" in line for line in goals.verdicts({}))
