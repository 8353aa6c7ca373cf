"""A refusal that a service returns, so that its mark stays, undoes a policy as one that is raised does: all of it or nothing."""

from typing import TypeVar

from common.errors import Refused

Outcome = TypeVar("Outcome")


def granted(outcome: Outcome | Refused) -> Outcome:
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome
