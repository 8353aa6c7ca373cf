"""Somebody must always be left who may do everything, or nobody could mend anything."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from common.permissions import EVERYTHING
from common.scopes import ROOT
from rbac import selectors
from rbac.errors import LastAdministrator
from rbac.models import RoleAssignment
from rbac.services import inheritance, policy


def hold(taken: Iterable[RoleAssignment]) -> bool:
    """Before these are taken from somebody: whether that may take an administrator away. Of two such changes the second waits.

    Until the transaction ends no other role comes to give everything.
    """
    roles = [one.role_id for one in taken if one.scope == ROOT]
    return policy.hold(alone_if=lambda: EVERYTHING in inheritance.given_by(roles))


def hold_leaving(user: User, *, at: datetime) -> bool:
    """As `hold`, before she goes herself."""
    return policy.hold(alone_if=lambda: selectors.is_administrator(user, at=at))


def keep_one(*, without: UUID | None = None, at: datetime) -> None:
    """After the change, in its transaction: undo it if it took the last one. `without` is about to go."""
    if not selectors.an_administrator_is_left(without=without, at=at):
        raise LastAdministrator
