"""Moves the company into our database, as its services would leave it, but for the audit trail. Run by benchmarks.decisions."""

from collections.abc import Iterator

import django
from django.db import transaction
from django.utils import timezone

django.setup()

from accounts.models import ServiceAccount, User  # noqa: E402  models may be imported only now
from benchmarks import company  # noqa: E402
from benchmarks.company import Company  # noqa: E402
from benchmarks.contenders import sizes, tell  # noqa: E402
from common.actors import SYSTEM  # noqa: E402
from rbac.errors import Refused  # noqa: E402
from rbac.models import Permission, Role, RoleAssignment, RolePermission  # noqa: E402
from rbac.services import assignments, policy, roles  # noqa: E402

ASKING = "decision-point-client"
AT_ONCE = 5_000


def people(about: Company) -> Iterator[User]:
    at = timezone.now()
    for number in range(about.people):
        address = company.email_of(number)
        yield User(
            id=company.id_of(number),
            email=address,
            email_canonical=address,
            password="!",
            email_verified_at=at,
            created_at=at,
            updated_at=at,
        )


def settle(about: Company) -> None:
    at = timezone.now()
    names = [company.permission_name(one) for one in range(about.permissions)]
    Permission.objects.bulk_create(Permission(name=name, created_at=at) for name in names)
    made = Role.objects.bulk_create(
        Role(name=company.role_name(number), created_at=at, updated_at=at) for number in range(about.roles)
    )
    RolePermission.objects.bulk_create(
        RolePermission(role=role, pattern=names[one])
        for role, given in zip(made, about.permissions_of, strict=True)
        for one in given
    )
    User.objects.bulk_create(people(about), batch_size=AT_ONCE)
    RoleAssignment.objects.bulk_create(
        (
            RoleAssignment(user_id=company.id_of(person), role=made[role], created_at=at)
            for person, held in enumerate(about.roles_of)
            for role in held
        ),
        batch_size=AT_ONCE,
    )


def let_machines_ask() -> None:
    at = timezone.now()
    role = roles.create(ASKING, permissions=["decision:evaluate"], actor=SYSTEM, at=at)
    if isinstance(role, Refused):
        raise RuntimeError(role)  # noqa: TRY004  it is no matter of types
    for machine in ServiceAccount.objects.all():
        assignments.assign(machine, role, actor=SYSTEM, at=at)


def main(about: Company) -> None:
    with transaction.atomic():
        policy.lock()
        settle(about)
        let_machines_ask()
        policy.changed()
    tell({"assignments": RoleAssignment.objects.count()})


if __name__ == "__main__":
    main(sizes().company)
