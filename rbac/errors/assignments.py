"""Refusals about who holds a role."""

from accounts.errors import LastAdministrator as LastSuperuser
from common.errors import Conflict, Invalid


class InvalidPeriod(Invalid):
    code = "invalid_period"
    title = "An assignment ends after it begins, and not in the past"


class AlreadyAssigned(Conflict):
    code = "already_assigned"
    title = "The role is assigned at this scope already"


class LastAdministrator(LastSuperuser):
    title = "Nobody would be left who may do everything"
