"""Every step from every state, as a table."""

import itertools

import pytest

from rbac.models import RequestState
from rbac.requesting import LEADS_TO, Circumstances, Objection, Step, objection

OVER = [state.value for state in RequestState if state is not RequestState.PENDING]


def now(state: str = "pending", *, by_requester: bool = False, requester_active: bool = True) -> Circumstances:
    return Circumstances(state=state, by_requester=by_requester, requester_active=requester_active)


@pytest.mark.parametrize(
    ("step", "circumstances", "against"),
    [
        (Step.APPROVE, now(), None),
        (Step.DENY, now(), None),
        (Step.WITHDRAW, now(by_requester=True), None),
        (Step.APPROVE, now(by_requester=True), Objection.OWN),
        (Step.DENY, now(by_requester=True), Objection.OWN),
        (Step.WITHDRAW, now(), Objection.NOT_HERS),
        (Step.APPROVE, now(requester_active=False), Objection.REQUESTER_GONE),
        (Step.DENY, now(requester_active=False), None),
    ],
)
def test_what_waits_is_decided_by_somebody_else_and_withdrawn_by_herself(
    step: Step, circumstances: Circumstances, against: Objection | None
) -> None:
    assert objection(step, circumstances) is against


@pytest.mark.parametrize(("step", "state"), list(itertools.product(Step, OVER)))
def test_what_is_over_stays_as_it_is(step: Step, state: str) -> None:
    circumstances = now(state, by_requester=step is Step.WITHDRAW)

    assert objection(step, circumstances) is Objection.DECIDED


def test_each_step_leads_to_a_state_of_its_own() -> None:
    assert set(LEADS_TO) == set(Step)
    assert sorted([*LEADS_TO.values(), "lapsed"]) == sorted(OVER)
