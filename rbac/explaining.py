"""A decision in words that people understand, and as plain facts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from common import scopes
from rbac.decisions import OMNIPOTENCE, Cause, Decision, Held
from rbac.separation import CHOICE

SENTENCES: Mapping[Cause, str] = {
    Cause.ASSIGNED: "role {path} allows {permission} at {scope}; it is assigned {where}, {until}",
    Cause.SUPERUSER: "a superuser may do everything",
    Cause.EXPIRED: "role {path} would allow {permission}; the assignment {where} ended {ended} ago, at {end}",
    Cause.NOT_YET_VALID: "role {path} would allow {permission}; the assignment {where} begins in {begins}, at {begin}",
    Cause.SEPARATION_OF_DUTY: "role {path}, assigned {where}, would allow {permission}; {separation} holds it back: activate it",
    Cause.OUT_OF_SCOPE: "role {path} would allow {permission}; it is assigned only {where}, not at {scope}",
    Cause.NOT_HELD: "no role held allows {permission}{would}",
    Cause.INACTIVE: "the account is deactivated",
    Cause.UNKNOWN_SUBJECT: "there is no such subject",
    Cause.NOT_A_PERMISSION: "no permission can be called {permission}",
}
# What would have to be there for a yes; the value is part of the API.
MISSING: Mapping[Cause, str] = {
    Cause.EXPIRED: "time",
    Cause.NOT_YET_VALID: "time",
    Cause.SEPARATION_OF_DUTY: "activation",
    Cause.OUT_OF_SCOPE: "scope",
    Cause.NOT_HELD: "role",
    Cause.INACTIVE: "active_account",
    Cause.UNKNOWN_SUBJECT: "subject",
    Cause.NOT_A_PERMISSION: "permission",
}
UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def sentence(decision: Decision, *, at: datetime, would: Sequence[str] = ()) -> str:
    """`at` is the time of the question; `would` names roles that give the permission, for whoever holds none of them."""
    held = decision.held or OMNIPOTENCE
    return SENTENCES[decision.cause].format(
        path=" > ".join(decision.path or (held.role,)),
        where=where(held),
        until=f"until {_moment(held.valid_until)}" if held.valid_until else "without an end",
        begin=_moment(held.valid_from),
        begins=distance((held.valid_from or at) - at),
        end=_moment(held.valid_until),
        ended=distance(at - (held.valid_until or at)),
        separation=held.held_back if held.held_back == CHOICE else f"the separation of duty {held.held_back}",
        permission=decision.permission,
        scope=decision.scope,
        would=f"; {' or '.join(would)} would" if would else "",
    )


def facts(decision: Decision) -> dict[str, Any]:
    """What the sentence says, for programs."""
    found: dict[str, Any] = {
        "cause": decision.cause.value,
        "permission": decision.permission,
        "scope": decision.scope,
    }
    if decision.held is not None:
        found |= _facts_of(decision.held, decision.path)
    if decision.cause in MISSING:
        found["missing"] = MISSING[decision.cause]
    return found


def _facts_of(held: Held, path: Sequence[str]) -> dict[str, Any]:
    return {
        "assignment": held.assignment_id,
        "role_path": list(path or (held.role,)),
        "group": held.group,
        "assigned_at": held.scope,
        "valid_from": held.valid_from,
        "valid_until": held.valid_until,
        **({"separation_of_duty": held.held_back} if held.held_back else {}),
    }


def seen_from(decision: Decision, places: Sequence[str]) -> Decision:
    """The decision without a miss that lies elsewhere: what somebody holds in a place is for those who look after it."""
    held = decision.held
    if decision.cause is not Cause.OUT_OF_SCOPE or held is None or any(scopes.covers(p, held.scope) for p in places):
        return decision
    return replace(decision, cause=Cause.NOT_HELD, held=None, path=())


def where(held: Held) -> str:
    return f"at {held.scope} through the group {held.group}" if held.group else f"at {held.scope}"


def distance(span: timedelta) -> str:
    """In the largest unit of which there is a whole one.

    >>> distance(timedelta(hours=3, minutes=50)), distance(timedelta(seconds=7))
    ('3 h', '7 s')
    """
    for name, unit in UNITS:
        if span >= unit:
            return f"{span // unit} {name}"
    return f"{int(span.total_seconds())} s"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
