"""A decision with its reasons, as the `context` of an answer tells them."""

from datetime import datetime
from typing import Any

from rbac import explaining, selectors
from rbac.api.authzen.asking import Sight
from rbac.decisions import Cause, Decision

YES, NO = "You may do this.", "You may not do this. Ask whoever administers your access."


def answer(decision: Decision, *, sight: Sight, at: datetime) -> dict[str, Any]:
    """Who may see nothing of what the subject holds is told yes or no, and nothing more."""
    context: dict[str, Any] = {"reason_admin": for_staff(decision, sight=sight, at=at)} if sight.places else {}
    return {
        "decision": decision.allowed,
        "context": {**context, "reason_user": {"en": YES if decision.allowed else NO}},
    }


def for_staff(decision: Decision, *, sight: Sight, at: datetime) -> dict[str, Any]:
    seen = explaining.seen_from(decision, sight.places)
    would = selectors.roles_giving(seen.permission) if sight.knows_roles and seen.cause is Cause.NOT_HELD else []
    said = {"en": explaining.sentence(seen, at=at, would=would), **explaining.facts(seen)}
    return {**said, "roles_that_would": would} if would else said
