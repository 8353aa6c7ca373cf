"""People in groups, as Django's own auth app has them: the part that its peers share."""

from collections.abc import Iterator

from django.contrib.auth.models import Group, User

from benchmarks import company
from benchmarks.company import Company

AT_ONCE = 5_000


def settle(about: Company) -> list[Group]:
    groups = Group.objects.bulk_create(Group(name=company.role_name(role)) for role in range(about.roles))
    User.objects.bulk_create(_people(about), batch_size=AT_ONCE)
    joined = User.groups.through
    joined.objects.bulk_create(
        (
            joined(user_id=company.number_of(person), group_id=groups[role].pk)
            for person, held in enumerate(about.roles_of)
            for role in held
        ),
        batch_size=AT_ONCE,
    )
    return groups


def _people(about: Company) -> Iterator[User]:
    for person in range(about.people):
        yield User(pk=company.number_of(person), username=company.email_of(person), password="!")
