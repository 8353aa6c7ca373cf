"""The lock under which roles, their inheritance and their separation change, and the stamp that tells each change to all.

Holders and groups are locked before it, roles after it, everywhere, so that no two changes wait for each other.
"""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from django.db import connection, transaction

from rbac import standing
from rbac.models import Policy

THE_ONE = 1


def lock() -> None:
    """Before a change of what a compiled graph or a rule of separation reads: of two at once, the second sees the first."""
    if not _is_locked():
        # A flush takes the row away. Of two that lay it down again, one does, and both wait for it.
        Policy.objects.bulk_create([Policy(pk=THE_ONE)], ignore_conflicts=True)
        _is_locked()


def hold(*, alone_if: Callable[[], object]) -> bool:
    """Nobody changes policy until this transaction ends. Whether it is held alone.

    Others may hold it too; but where `alone_if` then finds that this change must see the others', it waits for them.
    """
    with suppress(_Alone), transaction.atomic():
        _share()
        if not alone_if():
            return False
        # Of two that share, neither could become the only one. With the savepoint our share is given back.
        raise _Alone
    lock()
    return True


def changed() -> None:
    """After the change, in its transaction: what was compiled before is out of date, on every node."""
    Policy.objects.filter(pk=THE_ONE).update(stamp=uuid4())
    # What is remembered of somebody names the stamp under which she was read.
    standing.everybody_changed()


class _Alone(Exception):
    """Ends the savepoint."""


def _is_locked() -> bool:
    return bool(Policy.objects.select_for_update().filter(pk=THE_ONE).values_list("pk"))


def _share() -> None:
    # Where there are no such locks, all that write wait for each other anyway.
    if not connection.features.has_select_for_update:
        return
    with connection.cursor() as cursor:
        # Django has no words for it.
        cursor.execute("SELECT id FROM rbac_policy WHERE id = %s FOR SHARE", [THE_ONE])
        is_there = cursor.fetchone()
    if not is_there:
        lock()
