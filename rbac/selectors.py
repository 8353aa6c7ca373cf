"""Questions to the roles: may she, what does she hold and from where, does she outrank him."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import ServiceAccount, User
from common import permissions
from common.actors import Actor, ActorKind
from rbac import decisions, mirror, scopes
from rbac.decisions import OMNIPOTENCE, Cause, Decision, Held
from rbac.models import Permission, Role, RoleAssignment, RoleAssignmentQuerySet

Holder = User | ServiceAccount
HELD = ("id", "role__name", "scope", "valid_from", "valid_until", "role__held__pattern")


def may(holder: Holder | AnonymousUser, permission: str, *, scope: str = scopes.ROOT, at: datetime) -> Decision:
    """Asked of the database each time: what was changed a moment ago, on whatever node, counts."""
    if isinstance(holder, AnonymousUser):
        return Decision(False, Cause.UNKNOWN_SUBJECT, permission, scope)
    if not holder.is_active:
        return Decision(False, Cause.INACTIVE, permission, scope)
    if not permissions.is_name(permission):
        return Decision(False, Cause.NOT_A_PERMISSION, permission, scope)
    return decisions.decide(held_by(holder), permission, scope, at)


def evaluate(kind: str, subject_id: str, permission: str, *, scope: str, at: datetime) -> Decision:
    """Whether the subject of that kind and id may; who is not there may nothing."""
    try:
        subject = holder_of(kind, UUID(subject_id))
    except ValueError:
        subject = None
    return may(subject or AnonymousUser(), permission, scope=scope, at=at)


def holder_of(kind: str, holder_id: UUID | None) -> Holder | None:
    """The person or machine of that id; None where there is none."""
    if holder_id is None:
        return None
    if kind == ActorKind.SERVICE_ACCOUNT:
        return ServiceAccount.objects.filter(pk=holder_id).first()
    return User.objects.filter(pk=holder_id).first() if kind == ActorKind.USER else None


def held_by(holder: Holder) -> tuple[Held, ...]:
    """What an active holder holds, assignments that have not begun or are over included: `decide` sorts them by the clock.

    Cut down to what the proof with which she came is good for.
    """
    held = rank_of(holder) if holder.is_active else ()
    return held if holder.bounds is None else tuple(one.within(holder.bounds) for one in held)


def rank_of(holder: Holder) -> tuple[Held, ...]:
    """As `held_by`, but a deactivated account keeps its rank: who could revive and enter it would hold all this."""
    return (OMNIPOTENCE,) if holder.is_superuser else _assigned_to(holder)


def _assigned_to(holder: Holder) -> tuple[Held, ...]:
    if holder.assigned is not None:
        return tuple(holder.assigned)
    return held_in(RoleAssignment.objects.open().of(holder).order_by("id").values_list(*HELD))


def _ranks_of(people: Collection[UUID]) -> dict[UUID, tuple[Held, ...]]:
    superusers = User.objects.filter(pk__in=people, is_superuser=True).values_list("pk", flat=True)
    found: dict[UUID, tuple[Held, ...]] = dict.fromkeys(superusers, (OMNIPOTENCE,))
    rows = RoleAssignment.objects.open().filter(user__in=people).order_by("user_id", "id")
    for user_id, theirs in groupby(rows.values_list("user_id", *HELD), key=itemgetter(0)):
        found.setdefault(user_id, held_in(row[1:] for row in theirs))
    return found


def held_in(rows: Iterable[tuple[Any, ...]]) -> tuple[Held, ...]:
    """From rows of `HELD`, one for each pattern, those of an assignment side by side."""
    return tuple(
        Held(
            assignment_id=assignment,
            role=role,
            scope=scope,
            patterns=frozenset(row[5] for row in bundle if row[5]),
            valid_from=begin,
            valid_until=end,
        )
        for (assignment, role, scope, begin, end), bundle in groupby(rows, key=itemgetter(0, 1, 2, 3, 4))
    )


def powers_of(actor: Actor) -> tuple[Held, ...]:
    """What the one who asks holds: the system everything, a person or a machine what it has now, anybody else nothing."""
    if actor.is_system:
        return (OMNIPOTENCE,)
    holder = holder_of(actor.kind, actor.id)
    if holder is None:
        return ()
    holder.bounds = actor.bounds
    return held_by(holder)


def outranks(other: Holder, asker: Holder, *, at: datetime) -> bool:
    """Whether `other` holds, or could after being revived, anything that `asker` does not: then he is not hers to touch."""
    return other.pk != asker.pk and bool(above(rank_of(other), held_by(asker), at))


def who_outrank(actor: Actor, people: Collection[UUID], *, at: datetime) -> frozenset[UUID]:
    """Those of the people whom the actor may not touch, as `outranks` says, at the cost of asking for one."""
    ranks, ours = _ranks_of(people), powers_of(actor)
    return frozenset(one for one, theirs in ranks.items() if one != actor.id and above(theirs, ours, at))


def above(theirs: Iterable[Held], ours: Iterable[Held], at: datetime) -> list[str]:
    """What puts them above us: only power over this server counts, or nobody could look after whoever approves invoices."""
    return decisions.above(theirs, ours, at, counts=mirror.guards_this_server)


def gained_through(holder: Holder, actor: Actor, *, at: datetime) -> list[str]:
    """What `holder` holds, now or soon, and the actor does not: who could come in as `holder` would gain just this.

    More than `outranks` asks: it counts what guards other applications, too.
    """
    return decisions.above(rank_of(holder), powers_of(actor), at, counts=lambda _: True)


def unheld(holder: Holder, patterns: Iterable[str], *, at: datetime) -> list[str]:
    """Which of `patterns` are not wholly covered by what she holds now, wherever that may be."""
    held = [one for one in held_by(holder) if one.stands(at)]
    return [pattern for pattern in patterns if not any(one.gives(pattern) for one in held)]


def untouched(holder: Holder, patterns: Iterable[str], *, at: datetime) -> list[str]:
    """Which of `patterns` have nothing in common with what the holder holds now."""
    held = [one for one in held_by(holder) if one.stands(at)]
    return [pattern for pattern in patterns if not any(one.within(frozenset({pattern})).patterns for one in held)]


def beyond(
    actor: Actor, patterns: Iterable[str], *, scope: str = scopes.ROOT, until: datetime | None = None, at: datetime
) -> list[str]:
    """Which of `patterns` the actor cannot hand out at `scope` up to `until`: he does not hold them there and so long."""
    return decisions.exceeding(patterns, scope=scope, until=until, held=powers_of(actor), at=at)


@dataclass(frozen=True, slots=True)
class Source:
    """One way by which somebody holds a permission."""

    role: str
    scope: str
    assignment_id: UUID | None
    valid_until: datetime | None


def effective_permissions(holder: Holder, *, scope: str | None = None, at: datetime) -> dict[str, list[Source]]:
    """Each permission (or wildcard) that she holds now, and by what; with `scope`, only what holds there."""
    found: dict[str, list[Source]] = {}
    for one in held_by(holder):
        if one.stands(at) and (scope is None or one.reaches(scope)):
            source = Source(one.role, one.scope, one.assignment_id, one.valid_until)
            for pattern in one.patterns:
                found.setdefault(pattern, []).append(source)
    return dict(sorted(found.items()))


def role_names_of(user_id: UUID, *, at: datetime) -> list[str]:
    """The roles she holds everywhere. A flat list cannot say where, so a role at `/acme` must not look like one at `/`."""
    return _names_of(RoleAssignment.objects.filter(user=user_id), at=at)


def role_names_of_machine(account_id: UUID, *, at: datetime) -> list[str]:
    """As `role_names_of`, for a service account."""
    return _names_of(RoleAssignment.objects.filter(service_account=account_id), at=at)


def _names_of(assigned: RoleAssignmentQuerySet, *, at: datetime) -> list[str]:
    standing = assigned.standing(at=at).filter(scope=scopes.ROOT)
    return list(standing.order_by("role__name").values_list("role__name", flat=True))


def role_called(text: str) -> Role | None:
    """By id or by name; no name passes for an id."""
    try:
        return Role.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return Role.objects.filter(name=text).first()


def assignments_named(term: str) -> Q:
    """Assignments by id, of a role by its name, or of people by how their e-mail address begins. Each reads an index."""
    if "@" in term:
        return Q(user__in=User.objects.filter(email_canonical__startswith=term.casefold()))
    try:
        return Q(pk=UUID(term)) | Q(user=UUID(term)) | Q(service_account=UUID(term))
    except ValueError:
        return Q(role__in=Role.objects.filter(name=term))


def patterns_of(role: Role) -> list[str]:
    return list(role.held.order_by("pattern").values_list("pattern", flat=True))


def declared_names(patterns: Iterable[str]) -> dict[str, list[str]]:
    """For each pattern, the declared permissions that it gives."""
    names = list(Permission.objects.order_by("name").values_list("name", flat=True))
    return {pattern: [name for name in names if permissions.covers(pattern, name)] for pattern in patterns}


def is_administrator(user: User, *, at: datetime) -> bool:
    """Whether she may do everything everywhere, now."""
    return user.is_superuser or RoleAssignment.objects.standing(at=at).omnipotent().filter(user=user.pk).exists()


def an_administrator_is_left(*, without: UUID | None = None, at: datetime) -> bool:
    """Whether some active person (other than `without`) may do everything everywhere, now."""
    people = User.objects.filter(is_active=True).exclude(pk__in=[without] if without else [])
    holders = RoleAssignment.objects.standing(at=at).omnipotent().filter(user__in=people)
    return people.filter(is_superuser=True).exists() or holders.exists()
