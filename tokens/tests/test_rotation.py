from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.rotation import Presented, Verdict, judge
from tokens.tests.factories import NOON, unsaved_session

GRACE = timedelta(seconds=10)
IN_GRACE, AFTER_GRACE = NOON + timedelta(seconds=10), NOON + timedelta(seconds=11)
FRESH: dict[str, Any] = {"refresh_counter": 0}


@pytest.mark.parametrize(
    ("sentence", "traits", "counter", "at", "verdict"),
    [
        ("a fresh token turns", FRESH, 0, IN_GRACE, Verdict.ROTATE),
        ("so does the present one", {}, 5, IN_GRACE, Verdict.ROTATE),
        ("however long after", {}, 5, NOON + timedelta(days=13), Verdict.ROTATE),
        ("a lost answer is given again", {}, 4, IN_GRACE, Verdict.REPEAT),
        ("also by a node whose clock is behind", {}, 4, NOON - timedelta(seconds=3), Verdict.REPEAT),
        ("but not after the grace time", {}, 4, AFTER_GRACE, Verdict.REUSED),
        ("nor once the successor was used", {}, 3, IN_GRACE, Verdict.REUSED),
        ("an older one is a theft", {}, 0, IN_GRACE, Verdict.REUSED),
        ("one that we never made proves nothing", {}, 6, IN_GRACE, Verdict.FOREIGN),
        ("a revoked session gives nothing", {"revoked_at": NOON}, 5, IN_GRACE, Verdict.DEAD),
        ("and its theft is no news", {"revoked_at": NOON}, 0, IN_GRACE, Verdict.DEAD),
        ("nor a repetition", {"revoked_at": NOON}, 4, IN_GRACE, Verdict.DEAD),
        ("an inactive user gets nothing", {"user": {"is_active": False}}, 5, IN_GRACE, Verdict.DEAD),
        ("nor one signed out everywhere", {"user": {"not_before": NOON}}, 5, IN_GRACE, Verdict.DEAD),
        ("it dies of idleness", {"idle_expires_at": NOON}, 5, IN_GRACE, Verdict.DEAD),
        ("and of age", {"expires_at": NOON}, 5, IN_GRACE, Verdict.DEAD),
        ("another client's token is foreign here", {"client_id": "other"}, 5, IN_GRACE, Verdict.FOREIGN),
        ("even if old", {"client_id": "other"}, 0, IN_GRACE, Verdict.FOREIGN),
    ],
)
def test_what_a_refresh_token_deserves(
    sentence: str, traits: dict[str, Any], counter: int, at: Any, verdict: Verdict
) -> None:
    session = unsaved_session(**traits)
    presented = Presented(counter=counter, user_id=session.user_id, client_id="first-party")

    assert judge(presented, session, grace=GRACE, at=at) is verdict, sentence


def test_somebody_elses_token_is_foreign_here() -> None:
    presented = Presented(counter=5, user_id=uuid4(), client_id="first-party")

    assert judge(presented, unsaved_session(), grace=GRACE, at=NOON) is Verdict.FOREIGN


def test_without_grace_a_repetition_is_a_theft() -> None:
    session = unsaved_session()
    presented = Presented(counter=4, user_id=session.user_id, client_id="first-party")

    late = NOON + timedelta(microseconds=1)
    assert judge(presented, session, grace=timedelta(0), at=late) is Verdict.REUSED


@pytest.mark.parametrize("verdict", Verdict)
def test_two_verdicts_give_tokens(verdict: Verdict) -> None:
    assert verdict.gives_tokens is (verdict in {Verdict.ROTATE, Verdict.REPEAT})


@given(steps=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8)), max_size=30))
def test_whatever_is_presented_the_chain_has_one_end_and_theft_is_final(steps: list[tuple[int, int]]) -> None:
    """Anybody presents any link at any time; we act as the service does."""
    session, at, turned_by = unsaved_session(refresh_counter=0), NOON, list[int]()
    for behind, seconds in steps:
        at += timedelta(seconds=seconds)
        counter = max(0, session.refresh_counter - behind)
        presented = Presented(counter=counter, user_id=session.user_id, client_id=session.client_id)
        verdict = judge(presented, session, grace=GRACE, at=at)

        assert verdict is Verdict.DEAD or not session.revoked_at
        if verdict is Verdict.ROTATE:
            turned_by.append(counter)
            session.refresh_counter, session.rotated_at = counter + 1, at
        elif verdict is Verdict.REUSED:
            session.revoked_at = at
    assert turned_by == list(range(session.refresh_counter))
