"""What a policy file leans on without making it: held still while the file is carried out, and known by name."""

from django.db.models import Q, QuerySet

from accounts.models import User
from rbac.models import Group, Permission, Role
from rbac.policy_files.documents import Document
from rbac.policy_files.references import Known
from rbac.services import policy


def lock(document: Document) -> None:
    # People before groups before the policy, as everywhere: whoever changes one of these meanwhile waits, and we for nobody.
    listing = [group.name for group in document.groups or () if group.members is not None]
    leaving = Q(group_memberships__group__name__in=listing)
    people = User.objects.filter(pk__in=User.objects.filter(leaving | _named_in(document)).values("pk"))
    for rows in (people, Group.objects.all()):
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    policy.lock()


def known(document: Document, *, prune: bool) -> Known:
    """Where `prune` takes what the file does not have, only what is built in will be there beside the file."""
    builtin_permissions = Permission.objects.filter(is_builtin=True)
    builtin_roles = Role.objects.filter(is_builtin=True)
    prunes_permissions = prune and document.permissions is not None
    prunes_roles = prune and document.roles is not None
    people = User.objects.filter(_named_in(document)).values_list("email_canonical", flat=True)
    return Known(
        permissions=_names(builtin_permissions if prunes_permissions else Permission.objects.all()),
        roles=_names(builtin_roles if prunes_roles else Role.objects.all()),
        people=frozenset(people),
        builtin=_names(builtin_permissions) | _names(builtin_roles),
    )


def _named_in(document: Document) -> Q:
    return Q(email_canonical__in={address for group in document.groups or () for address in group.members or ()})


def _names(rows: QuerySet[Permission] | QuerySet[Role]) -> frozenset[str]:
    return frozenset(rows.values_list("name", flat=True))
