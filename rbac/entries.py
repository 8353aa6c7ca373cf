"""What somebody holds, as it is remembered outside of the database: as plain JSON, and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rbac.lookups import Assigned, Subject


def told(subject: Subject) -> list[Any]:
    policy = subject.policy and str(subject.policy)
    return [subject.is_active, subject.is_superuser, policy, [_told(one) for one in subject.assigned]]


def heard(entry: list[Any]) -> Subject:
    """`TypeError` or `ValueError` where it was written by another release of this server."""
    is_active, is_superuser, policy, assigned = entry
    return Subject(is_active, is_superuser, policy and UUID(policy), tuple(map(_heard, assigned)))


def _told(given: Assigned) -> list[Any]:
    times = _text(given.valid_from), _text(given.valid_until)
    return [str(given.id), str(given.role_id), given.role, given.scope, *times, given.group]


def _heard(given: list[Any]) -> Assigned:
    assignment, role_id, role, scope, begin, end, group = given
    return Assigned(UUID(assignment), UUID(role_id), role, scope, _time(begin), _time(end), group)


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
