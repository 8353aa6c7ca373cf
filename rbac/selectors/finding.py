"""Roles, assignments and permissions by what people call them."""

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from common import permissions
from rbac import compiled
from rbac.models import Group, Permission, Role

MOST_ROLES = 5


def role_called(text: str) -> Role | None:
    """By id or by name; no name passes for an id."""
    found = _id_in(text)
    return (Role.objects.filter(pk=found) if found else Role.objects.filter(name=text)).first()


def roles_called(texts: Iterable[str]) -> dict[str, Role]:
    """As `role_called`, of many with one query, each under what it was called; those that are not there are missing."""
    said = set(texts)
    ids = {text: found for text in said if (found := _id_in(text))}
    rows = Role.objects.filter(Q(pk__in=ids.values()) | Q(name__in=said - ids.keys()))
    known = {key: role for role in rows for key in (role.pk, role.name)}
    called = {text: known.get(ids.get(text, text)) for text in said}
    return {text: role for text, role in called.items() if role}


def group_called(text: str) -> Group | None:
    """By id or by name, likewise."""
    found = _id_in(text)
    return (Group.objects.filter(pk=found) if found else Group.objects.filter(name=text)).first()


def assignments_named(term: str) -> Q:
    """Assignments by id, of a role by its name, or of people by how their e-mail address begins. Each reads an index."""
    if "@" in term:
        return Q(user__in=User.objects.filter(email_canonical__startswith=term.casefold()))
    if found := _id_in(term):
        return Q(pk=found) | Q(user=found) | Q(service_account=found) | Q(group=found)
    return Q(role__in=Role.objects.filter(name=term))


def patterns_of(role: Role) -> list[str]:
    """What it gives by itself, without what it inherits."""
    return list(role.held.order_by("pattern").values_list("pattern", flat=True))


def declared_names(patterns: Iterable[str]) -> dict[str, list[str]]:
    """For each pattern, the declared permissions that it gives."""
    names = list(Permission.objects.order_by("name").values_list("name", flat=True))
    return {pattern: [name for name in names if permissions.covers(pattern, name)] for pattern in patterns}


def roles_giving(permission: str) -> list[str]:
    """Names of a few roles that give it: a hint, and no decision."""
    graph = compiled.at_hand()
    return sorted(graph.names[role] for role in islice(graph.among(graph.giving(permission)), MOST_ROLES))


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
