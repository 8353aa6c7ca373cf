"""Moves the company into the stock project: a group for each role, which has permissions, as Django's auth app means it."""

import django

django.setup()

from django.contrib.auth.models import Group, Permission, User  # noqa: E402  models may be imported only now
from django.contrib.contenttypes.models import ContentType  # noqa: E402

from benchmarks import company  # noqa: E402
from benchmarks.company import Company  # noqa: E402
from benchmarks.contenders import members, sizes, tell  # noqa: E402


def settle(about: Company) -> None:
    kind = ContentType.objects.get_for_model(User)
    names = map(company.permission_name, range(about.permissions))
    made = Permission.objects.bulk_create(Permission(codename=name, name=name, content_type=kind) for name in names)
    given = Group.permissions.through
    given.objects.bulk_create(
        given(group_id=group.pk, permission_id=made[one].pk)
        for group, held in zip(members.settle(about), about.permissions_of, strict=True)
        for one in held
    )


def main(about: Company) -> None:
    settle(about)
    tell({"people": User.objects.count()})


if __name__ == "__main__":
    main(sizes().company)
