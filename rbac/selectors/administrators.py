"""Who may do everything, by whatever way: by herself, through a group, by a role that inherits it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from common import scopes
from common.permissions import EVERYTHING
from rbac import compiled
from rbac.models import RoleAssignment, RoleAssignmentQuerySet


def omnipotent_roles() -> frozenset[UUID]:
    """Those that give everything, inherited or by themselves."""
    graph = compiled.graph()
    return frozenset(graph.among(graph.giving(EVERYTHING)))


def omnipotent_assignments() -> RoleAssignmentQuerySet:
    """Those of such roles everywhere: to people, machines and groups, at whatever time."""
    return RoleAssignment.objects.filter(role__in=omnipotent_roles(), scope=scopes.ROOT)


def is_administrator(user: User, *, at: datetime) -> bool:
    """Whether she may do everything everywhere, now."""
    hers = Q(user=user.pk) | Q(group__memberships__user=user.pk)
    return user.is_superuser or omnipotent_assignments().standing(at=at).filter(hers).exists()


def an_administrator_is_left(*, without: UUID | None = None, at: datetime) -> bool:
    """Whether some active person (other than `without`) may do everything everywhere, now."""
    people = User.objects.filter(is_active=True).exclude(pk__in=[without] if without else [])
    if people.filter(is_superuser=True).exists():
        return True
    standing = omnipotent_assignments().standing(at=at)
    members = Q(group__memberships__user__in=people)
    return standing.filter(user__in=people).exists() or standing.filter(members).exists()
