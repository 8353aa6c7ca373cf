from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from accounts import tasks
from accounts.models import EmailLink, LinkPurpose, SignInCounter, User
from accounts.services import links, retention
from accounts.tests import factories
from events.models import Event

WEEK = timedelta(days=7)

pytestmark = pytest.mark.django_db


def test_who_never_proved_her_address_is_forgotten_in_time(noon: datetime) -> None:
    factories.person(signed_up=True, created_at=noon - WEEK)
    young = factories.person(signed_up=True, created_at=noon - WEEK + timedelta(seconds=1))
    assert retention.purge_unverified(at=noon) == 1
    assert User.objects.get() == young
    assert Event.objects.get().kind == "accounts.user.erased"


def test_who_was_invited_and_never_came_is_forgotten_when_no_invitation_is_open(noon: datetime) -> None:
    factories.person(invited=True, created_at=noon - WEEK)
    awaited = factories.person(invited=True, created_at=noon - 2 * WEEK)
    asked = links.Asked(uuid4(), noon - timedelta(days=1))
    links.issue(awaited, LinkPurpose.INVITATION, asked=asked, at=asked.at)
    assert retention.purge_unverified(at=noon) == 1
    assert User.objects.get() == awaited


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"signed_up": True, "is_staff": True},
        {"invited": True, "is_staff": True},
        {"signed_up": True, "email_verified_at": factories.BORN},
        {"email_verified_at": None, "password_changed_at": factories.BORN},
    ],
)
def test_everybody_else_stays(noon: datetime, traits: dict[str, object]) -> None:
    factories.person(**traits, created_at=noon - 10 * WEEK)
    assert retention.purge_unverified(at=noon) == 0
    assert User.objects.count() == 1


def test_more_than_one_batch_goes_in_one_run_and_a_second_run_finds_nothing(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        factories.person(signed_up=True, created_at=noon - WEEK)
    assert [retention.purge_unverified(at=noon) for _ in range(2)] == [5, 0]


def test_spent_links_and_old_counters_are_forgotten(alice: User, noon: datetime) -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    for age in (day, day - minute):
        alice.email_links.create(
            purpose=LinkPurpose.VERIFY_EMAIL,
            digest=str(age),
            address=alice.email,
            created_at=noon,
            expires_at=noon - age,
            used_at=noon,
        )
        factories.CounterFactory.create(window_ends_at=noon - age)
    factories.CounterFactory.create(window_ends_at=noon - day, locked_until=noon + minute)
    assert retention.purge_links_and_counters(at=noon) == 2
    assert (EmailLink.objects.count(), SignInCounter.objects.count()) == (1, 2)


def test_the_tasks_take_words_that_they_do_not_know(db: None) -> None:
    assert tasks.purge_unverified(trace="x") == tasks.purge_links_and_counters(trace="x") == 0
