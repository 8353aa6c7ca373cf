"""Forgetting what nobody needs: accounts that were never proven, spent links, old counters. In small batches, safe twice."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.events import UserErased
from accounts.models import EmailLink, LinkPurpose, SignInCounter, User, UserQuerySet
from common.actors import SYSTEM
from events.bus import publish

BATCH = 200
# Longer than any lock or window that settings allow for, so that nothing that still counts is forgotten.
COUNTERS_KEPT = timedelta(days=1)
LINKS_KEPT = timedelta(days=1)


def purge_unverified(*, at: datetime) -> int:
    """Erase who signed up and never proved the address, and who was invited and never came."""
    return sum(iter(lambda: _erase_some(at=at), 0))


def purge_links_and_counters(*, at: datetime) -> int:
    links = EmailLink.objects.filter(expires_at__lte=at - LINKS_KEPT)
    old = at - COUNTERS_KEPT
    counters = SignInCounter.objects.filter(Q(locked_until=None) | Q(locked_until__lte=old), window_ends_at__lte=old)
    return _delete_in_batches(links) + _delete_in_batches(counters)


@transaction.atomic
def _erase_some(*, at: datetime) -> int:
    # Rows that somebody else holds (a link is being redeemed, another purge is at work) wait for the next run.
    locking = User.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    gone = [user.pk for user in _abandoned(locking, at=at).order_by("pk")[:BATCH]]
    for user_id in gone:
        publish(UserErased(subject_id=user_id), actor=SYSTEM, at=at)
    User.objects.filter(pk__in=gone).delete()
    return len(gone)


def _abandoned(users: UserQuerySet, *, at: datetime) -> UserQuerySet:
    signed_up = Q(self_registered=True, created_at__lte=at - settings.UNVERIFIED_ACCOUNT_LIFETIME)
    invited = Q(self_registered=False, password_changed_at=None, created_at__lte=at - settings.INVITATION_LIFETIME)
    open_invitation = EmailLink.objects.usable(at=at).filter(user=OuterRef("pk"), purpose=LinkPurpose.INVITATION)
    return users.unproven().filter(signed_up | invited & ~Exists(open_invitation))


def _delete_in_batches(rows: QuerySet[Any]) -> int:
    return sum(iter(lambda: _delete_some(rows), 0))


def _delete_some(rows: QuerySet[Any]) -> int:
    keys = list(rows.values_list("pk", flat=True)[:BATCH])
    return rows.filter(pk__in=keys).delete()[0]
