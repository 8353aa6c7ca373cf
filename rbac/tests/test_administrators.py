"""Somebody is always left who may do everything."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.events import UserDeactivated
from accounts.models import User
from common.actors import SYSTEM
from events.bus import publish
from rbac.errors import LastAdministrator
from rbac.models import RoleAssignment
from rbac.services import assignments
from rbac.tests.factories import give

pytestmark = pytest.mark.django_db


def shut(user: User, at: datetime) -> None:
    """As accounts does it: the change and the fact in one transaction."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        publish(UserDeactivated(subject_id=user.pk, reason=""), actor=SYSTEM, at=at)


def test_the_last_administrators_assignment_stays(alice: User, noon: datetime) -> None:
    chief = give(alice, "*:*", at=noon)

    with pytest.raises(LastAdministrator):
        assignments.end(chief, actor=SYSTEM, at=noon)

    assert RoleAssignment.objects.standing(at=noon).filter(pk=chief.pk).exists()


@pytest.mark.parametrize("other", ["superuser", "assigned"])
def test_one_of_two_administrators_may_go(alice: User, bob: User, noon: datetime, other: str) -> None:
    chief = give(alice, "*:*", at=noon)
    if other == "superuser":
        User.objects.filter(pk=bob.pk).update(is_superuser=True, is_staff=True)
    else:
        give(bob, "*:*", at=noon)

    assert assignments.end(chief, actor=SYSTEM, at=noon) is True


@pytest.mark.parametrize(
    "terms",
    [{"scope": "/acme"}, {"valid_from": timedelta(days=1)}, {"valid_until": timedelta(hours=1)}, {"inactive": 1}],
)
def test_one_who_cannot_do_everything_by_then_does_not_count(
    alice: User, bob: User, noon: datetime, terms: dict[str, object]
) -> None:
    then = noon + timedelta(hours=2)
    if terms.pop("inactive", None):
        User.objects.filter(pk=bob.pk).update(is_active=False)
    moments: dict[str, Any] = {n: noon + value if isinstance(value, timedelta) else value for n, value in terms.items()}
    chief = give(alice, "*:*", at=noon)
    give(bob, "*:*", at=noon, **moments)

    with pytest.raises(LastAdministrator):
        assignments.end(chief, actor=SYSTEM, at=then)


def test_the_last_administrator_cannot_be_shut_out(alice: User, root: User, noon: datetime) -> None:
    chief = give(alice, "*:*", at=noon)
    shut(root, noon)

    with pytest.raises(LastAdministrator):
        shut(alice, noon)

    alice.refresh_from_db()
    assert alice.is_active
    assert RoleAssignment.objects.filter(pk=chief.pk, ended_at=None).exists()


def test_whoever_is_no_administrator_may_be_shut_out_though_there_is_none(alice: User, noon: datetime) -> None:
    shut(alice, noon)

    alice.refresh_from_db()
    assert not alice.is_active
