"""What beat does for requests, ends and reviews, by the clock and twice without harm."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from accounts.models import User
from rbac import tasks
from rbac.models import AccessReview, ExpiryWarning, RequestState, RoleRequest
from rbac.tests.access import DAY, review, wish
from rbac.tests.factories import give_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(noon: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(noon, tick=False) as found:
        yield found


def test_requests_lapse(alice: User, noon: datetime, clock: time_machine.Traveller) -> None:
    wish(alice, role_of("clerk"), at=noon, days=1)
    assert tasks.lapse_requests(sent_by="an older release") == 0

    clock.move_to(noon + DAY)

    assert (tasks.lapse_requests(), tasks.lapse_requests()) == (1, 0)
    assert RoleRequest.objects.get().state == RequestState.LAPSED


def test_ends_are_told(alice: User, noon: datetime, clock: time_machine.Traveller) -> None:
    give_role(alice, role_of("clerk"), at=noon, valid_until=noon + 10 * DAY)
    assert tasks.warn_of_expiry(sent_by="an older release") == 0

    clock.move_to(noon + 7 * DAY)

    assert (tasks.warn_of_expiry(), tasks.warn_of_expiry()) == (1, 0)
    assert ExpiryWarning.objects.count() == 1


def test_reviews_are_remembered_and_closed(alice: User, noon: datetime, clock: time_machine.Traveller) -> None:
    give_role(alice, role_of("clerk"), at=noon)
    review(at=noon, days=14)
    done = []
    for days in (10, 11, 12, 14, 15):
        clock.move_to(noon + days * DAY)
        done.append(tasks.tend_reviews(sent_by="an older release"))

    assert done == [0, 1, 0, 1, 0]
    assert AccessReview.objects.get().closed_at == noon + 14 * DAY


def test_a_review_that_was_overlooked_is_closed_and_not_remembered(
    alice: User, noon: datetime, clock: time_machine.Traveller
) -> None:
    give_role(alice, role_of("clerk"), at=noon)
    review(at=noon, days=14)

    clock.move_to(noon + 30 * DAY)

    assert tasks.tend_reviews() == 1
    assert AccessReview.objects.get().reminded_at is None


def test_the_names_that_schedules_use_stay() -> None:
    names = [task.name for task in (tasks.lapse_requests, tasks.warn_of_expiry, tasks.tend_reviews)]

    assert names == ["rbac.lapse_requests", "rbac.warn_of_expiry", "rbac.tend_reviews"]
