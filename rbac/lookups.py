"""What every decision asks the database of its subject: one question, composed once in each process."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, CharField, FilteredRelation, Q, QuerySet, Subquery, UUIDField, Value

from accounts.models import ServiceAccount, User
from common.actors import ActorKind
from common.statements import Given, Question
from rbac.models import GroupMembership, Policy

WHO = Given("who", UUIDField())
ASSIGNED = ("id", "role_id", "role__name", "scope", "valid_from", "valid_until")
# In the place of a group's name.
DIRECT, NOT_SUPERUSER = Value("", CharField()), Value(False, BooleanField())


class Assigned(NamedTuple):
    """An assignment that nobody has ended; the clock may have. `group` is the one through which it is had."""

    id: UUID
    role_id: UUID
    role: str
    scope: str
    valid_from: datetime | None
    valid_until: datetime | None
    group: str | None

    def stands(self, at: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or self.valid_until > at)


class Subject(NamedTuple):
    """Who may be asked about. `policy` is the stamp of the roles under which all this was read, in the same moment."""

    is_active: bool
    is_superuser: bool
    policy: UUID | None
    assigned: tuple[Assigned, ...]


def open_ones(path: str) -> FilteredRelation:
    return FilteredRelation(path, condition=Q(**{f"{path}__ended_at": None}))


def stamp() -> Subquery:
    return Subquery(Policy.objects.values("stamp"))


def given(path: str) -> list[str]:
    """The columns of an `Assigned` but for its group."""
    return [f"{path}__{name}" for name in ASSIGNED]


def through_groups(path: str) -> dict[str, Any]:
    # In one filter, or it would be about two assignments.
    return {f"{path}__isnull": False, f"{path}__ended_at": None}


def given_to_people(people: QuerySet[User]) -> QuerySet[Any, Any]:
    """Each at least once; then for each assignment, her own ones and those of her groups."""
    traits = ["pk", "is_active", "is_superuser"]
    alone: Any = people.order_by().annotate(given=open_ones("role_assignments"))
    own = alone.values_list(*traits, stamp(), *given("given"), DIRECT)
    path = "group__role_assignments"
    grouped: Any = GroupMembership.objects.filter(user__in=people, **through_groups(path)).order_by()
    here = [f"user__{trait}" for trait in traits]
    rows: QuerySet[Any, Any] = own.union(grouped.values_list(*here, stamp(), *given(path), "group__name"), all=True)
    return rows


def given_to_machines(machines: QuerySet[ServiceAccount]) -> QuerySet[Any, Any]:
    """As `given_to_people`; machines are in no groups."""
    alone: Any = machines.order_by().annotate(given=open_ones("role_assignments"))
    rows: QuerySet[Any, Any] = alone.values_list("pk", "is_active", NOT_SUPERUSER, stamp(), *given("given"), DIRECT)
    return rows


PERSON = Question(lambda: given_to_people(User.objects.filter(pk=WHO)))
MACHINE = Question(lambda: given_to_machines(ServiceAccount.objects.filter(pk=WHO)))
QUESTIONS = {ActorKind.USER: PERSON, ActorKind.SERVICE_ACCOUNT: MACHINE}
AT_ONCE = 500


def subject(kind: ActorKind, who: UUID) -> Subject | None:
    """One statement."""
    return next(iter(_subjects_in(QUESTIONS[kind].rows(who=who)).values()), None)


def subjects(kind: ActorKind, whom: Collection[UUID]) -> dict[UUID, Subject]:
    """As `subject`, of many; those that are not there are missing. One statement for each 500."""
    found: dict[UUID, Subject] = {}
    asked = sorted(set(whom))
    for first in range(0, len(asked), AT_ONCE):
        some = asked[first : first + AT_ONCE]
        if kind is ActorKind.USER:
            rows = given_to_people(User.objects.filter(pk__in=some))
        else:
            rows = given_to_machines(ServiceAccount.objects.filter(pk__in=some))
        found |= _subjects_in(rows)
    return found


def _subjects_in(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, Subject]:
    in_order = sorted(rows, key=itemgetter(0))
    return {who: _subject_in(list(theirs)) for who, theirs in groupby(in_order, key=itemgetter(0))}


def _subject_in(rows: list[tuple[Any, ...]]) -> Subject:
    _, is_active, is_superuser, policy, *_ = rows[0]
    return Subject(is_active, is_superuser, policy, assigned_in(row[4:] for row in rows))


def assigned_in(rows: Iterable[tuple[Any, ...]]) -> tuple[Assigned, ...]:
    """From rows of `given` and the group's name, of which those of somebody who holds nothing are empty."""
    found = (Assigned._make((*row[:-1], row[-1] or None)) for row in rows if row[0])
    return tuple(sorted(found, key=attrgetter("id")))
