from typing import Any

import pytest
from django.utils import timezone

from accounts.services import service_accounts
from benchmarks import company, contenders, crowds, decision_report, inside, outside, stopwatch
from benchmarks.company import Company, Sizes
from benchmarks.contenders import ours, settling
from benchmarks.decision_goals import DECISION_GOALS
from benchmarks.goals import verdicts
from benchmarks.load import Line, Load
from benchmarks.measures import Figure
from common.actors import SYSTEM
from rbac import selectors

pytestmark = pytest.mark.wide

SMALL = Company(people=30, roles=6, permissions=60)


def found(**p50s: float) -> inside.Found:
    """A round in which everybody gave the right answers."""
    sizes = Sizes(people=30, questions=10)
    right = "".join("1" if sizes.company.may(*one) else "0" for one in sizes.company.questions(10))
    times: dict[str, Any] = {name: {"p50": 10.0, "p99": 20.0, "answers": right} for name in inside.JUDGED}
    for name, p50 in p50s.items():
        times[name]["p50"] = p50
    for name in ("fast", "enforcer", "guardian"):
        times[name]["batch_100"] = 1.0
    return times | dict.fromkeys((*decision_report.BESIDE, "batch_100"), 1.0)


def figure(rate: float) -> Figure:
    return Figure("evaluation", rate, 1.0, 2.0, 1.0, None, 0, 0)


class TestCompany:
    def test_it_is_the_same_in_each_process(self) -> None:
        assert Company().roles_of == Company().roles_of
        assert Company().permissions_of == Company().permissions_of
        assert Company().questions(50) == Company().questions(50)

    def test_it_is_as_large_as_the_goals_say(self) -> None:
        whole = Company()

        assert len(whole.roles_of) == 10_000
        assert len(whole.permissions_of) == 200
        assert set().union(*whole.permissions_of) == set(range(2_000))

    def test_about_half_of_what_is_asked_is_allowed(self) -> None:
        answers = [SMALL.may(*one) for one in SMALL.questions(400)]

        assert 200 <= sum(answers) < 300

    def test_a_permission_is_an_action_on_a_resource(self) -> None:
        assert company.permission_name(1_234) == "document123:act4"
        assert (company.resource_of(1_234), company.action_of(1_234)) == ("document123", "act4")

    def test_its_people_have_ids_as_copies_of_them_have(self) -> None:
        assert str(company.id_of(255)) == "01900000-0000-7000-8000-0000000000ff"

    def test_sizes_go_by_the_command_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.argv", ["contender", contenders.words(Sizes(people=7))])

        assert contenders.sizes() == Sizes(people=7)


class TestStopwatch:
    def test_it_keeps_the_answers_in_their_order(self) -> None:
        assert stopwatch.each(lambda number: number % 3, [0, 1, 2, 3]).answers == "0110"

    def test_each_part_is_seen_to_before_it_is_asked(self) -> None:
        seen: list[list[int]] = []

        times = stopwatch.in_parts(lambda number: [number] in seen, [1, 2, 3], before=seen.append, size=1)

        assert seen == [[1], [2], [3]]
        assert times.answers == "111"

    def test_a_part_is_not_longer_than_asked_for(self) -> None:
        seen: list[list[int]] = []

        stopwatch.in_parts(bool, [1, 2, 3], before=seen.append, size=2)

        assert seen == [[1, 2], [3]]

    def test_what_is_seen_to_before_takes_no_time(self) -> None:
        slow = stopwatch.in_parts(bool, [1], before=lambda _: sum(range(2_000_000)), size=1)

        assert slow.p50 < 2_000


class TestAgreement:
    SIZES = Sizes(people=30, questions=10)

    def test_contenders_with_the_right_answers_are_compared(self) -> None:
        told = found()

        inside.agree(told, self.SIZES)

        assert all("answers" not in told[name] for name in inside.JUDGED)

    @pytest.mark.parametrize("name", inside.JUDGED)
    def test_one_that_answers_wrongly_ends_the_run(self, name: str) -> None:
        told = found()
        told[name]["answers"] = told[name]["answers"].translate({48: "1", 49: "0"})

        with pytest.raises(inside.Disagreement, match=name):
            inside.agree(told, self.SIZES)

    def test_so_does_one_that_answers_nothing(self) -> None:
        told = found()
        told["fast"]["answers"] = ""

        with pytest.raises(inside.Disagreement):
            inside.agree(told, self.SIZES)

    def test_one_that_is_slow_is_asked_the_first_of_the_questions(self) -> None:
        told = found()
        told["guardian"]["answers"] = told["guardian"]["answers"][:3]

        inside.agree(told, self.SIZES)
        assert "answers" not in told["guardian"]


class TestFigures:
    def test_a_ratio_is_that_of_one_round_and_never_of_two(self) -> None:
        # The machine was slow in the second round. The medians, 20 and 40, would tell 0.5.
        rounds = [found(ours=10, fast=40), found(ours=90, fast=90), found(ours=20, fast=30)]

        assert inside.figures(rounds)["than_fast"] == pytest.approx(2 / 3)

    def test_how_many_times_faster_we_are(self) -> None:
        told = inside.figures([found(ours=50, guardian=3_000, enforcer=6_500)])

        assert (told["than_guardian"], told["than_enforcer"]) == (60, 130)

    def test_the_worse_of_two_cold_decisions_counts(self) -> None:
        assert inside.figures([found() | {"cold_beside": 1, "cold_next": 2}])["cold_beside"] == 2

    def test_what_the_round_trip_takes_is_not_ours(self) -> None:
        assert inside.figures([found() | {"again_p50": 30.0, "round_trip_p50": 18.0}])["beside_us"] == 12

    def test_over_http_the_stock_view_is_what_we_are_compared_with(self) -> None:
        rates = {"ours": 900, "stock": 100, "tuned": 300}
        rounds = {
            (name, route): [figure(rate)] for name, rate in rates.items() for route in (outside.FEW, outside.OTHERS)
        }

        assert outside.figures(rounds) == {"http": 9, "http_others": 9}

    def test_over_http_few_are_asked_about_and_ever_others(self) -> None:
        asked = outside.asked(Sizes(people=1_000, questions=500))

        assert max(person for person, _ in asked[outside.FEW]) < 200
        assert max(person for person, _ in asked[outside.OTHERS]) > 900

    def test_every_goal_has_its_figure(self) -> None:
        figures = inside.figures([found()]) | {"http": 9.0, "http_others": 9.0} | dict.fromkeys(crowds.COMPARED, 1.0)

        assert set(figures) == {goal.key for goal in DECISION_GOALS}
        assert not any("not measured" in line for line in verdicts(figures, DECISION_GOALS))

    def test_what_was_left_out_is_not_met(self) -> None:
        assert all("not measured" in line for line in verdicts({}, DECISION_GOALS))


class TestReport:
    def test_everybody_has_a_row_and_the_decision_alone_has_no_batch(self) -> None:
        rows = list(decision_report.inside([found()]))

        assert len(rows) == 1 + len(decision_report.CHECKS) + len(decision_report.BESIDE)
        assert next(row for row in rows if "alone" in row).endswith("-")

    def test_what_was_refused_over_http_is_said(self) -> None:
        rows = decision_report.outside({("ours", outside.FEW): [Figure("evaluation", 1.0, 1.0, 2.0, 1.0, None, 7, 0)]})

        assert any("7 refused" in row for row in rows)

    def test_each_round_with_a_crowd_is_told(self) -> None:
        one = {"scale_fresh": 400.0, "scale_warm": 60.0}

        rows = list(decision_report.crowds({"scale_rounds": {"few": [one, one], "many": [one, one]}}))

        assert rows[0] == "scale_fresh with few: p50 of the rounds 400.0, 400.0 us"
        assert len(rows) == 4


@pytest.mark.parametrize(
    ("how", "script"), [({}, "same.lua"), ({"chained": True}, "chain.lua"), ({"shared_by": 16}, "round.lua")]
)
def test_a_load_has_the_script_of_its_kind(how: dict[str, Any], script: str) -> None:
    assert Load(method="POST", url="", lines=[Line()], **how).script == script


class TestOurs:
    @pytest.fixture(autouse=True)
    def _settled(self, db: None) -> None:
        settling.settle(SMALL)

    def test_we_answer_as_the_company_would(self) -> None:
        questions = SMALL.questions(40)

        assert [ours.may(one) for one in questions] == [SMALL.may(*one) for one in questions]

    def test_the_decision_alone_answers_the_same(self) -> None:
        questions = SMALL.questions(40)

        answers = ours.alone(questions).answers

        assert answers == "".join("1" if SMALL.may(*one) else "0" for one in questions)

    def test_whom_nobody_has_asked_about_is_asked_about_once(self) -> None:
        asked = [ours.asked_of((person, 0)) for person in (1, 2, 1)]

        assert len(ours.fresh(asked).answers) == 2

    def test_machines_may_ask_about_everybody(self) -> None:
        machine = service_accounts.create("gateway", actor=SYSTEM, at=timezone.now())

        settling.let_machines_ask()

        assert selectors.may(machine, "decision:evaluate", at=timezone.now())


class TestPycasbin:
    def test_both_of_its_enforcers_answer_as_the_company_would(self) -> None:
        enforcers = pytest.importorskip("benchmarks.contenders.enforcers", reason="make bench-decisions installs it")
        questions = SMALL.questions(40)
        right = "".join("1" if SMALL.may(*one) else "0" for one in questions)

        for made in enforcers.both():
            assert enforcers.measured(enforcers.filled(made, SMALL), SMALL, 40)["answers"] == right
