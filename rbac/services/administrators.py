"""Somebody must always be left who may do everything, or nobody could mend anything."""

from datetime import datetime
from uuid import UUID

from common.permissions import EVERYTHING
from rbac import selectors
from rbac.errors import LastAdministrator
from rbac.models import Role


def lock() -> None:
    """Before a change that may take an administrator away: of two such changes at once, the second sees the first."""
    list(Role.objects.select_for_update().filter(held__pattern=EVERYTHING).order_by("pk").values_list("pk"))


def keep_one(*, without: UUID | None = None, at: datetime) -> None:
    """After the change, in its transaction: undo it if it took the last one. `without` is about to go."""
    if not selectors.an_administrator_is_left(without=without, at=at):
        raise LastAdministrator
