from datetime import timedelta
from typing import Any

import pytest

from tokens.liveness import Ending, ending_of
from tokens.tests.factories import NOON, unsaved_session

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("traits", "ending"),
    [
        ({}, None),
        ({"revoked_at": NOON - SECOND}, Ending.REVOKED),
        ({"revoked_at": NOON + SECOND}, Ending.REVOKED),
        ({"idle_expires_at": NOON + SECOND}, None),
        ({"idle_expires_at": NOON}, Ending.IDLE),
        ({"expires_at": NOON}, Ending.EXPIRED),
        ({"user": {"is_active": False}}, Ending.DEACTIVATED),
        ({"user": {"not_before": NOON - timedelta(hours=2)}}, None),
        ({"user": {"not_before": NOON - timedelta(hours=1)}}, None),
        ({"user": {"not_before": NOON - timedelta(minutes=59)}}, Ending.SIGNED_OUT),
    ],
)
def test_a_session_lives_until_the_first_of_these(traits: dict[str, Any], ending: Ending | None) -> None:
    assert ending_of(unsaved_session(**traits), at=NOON) is ending
