"""django-guardian: a group for each role, which has permissions on documents. In a database of its own; `has_perm` is asked."""

from dataclasses import asdict

import django

django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402  models may be imported only now
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from guardian.models import GroupObjectPermission  # noqa: E402

from benchmarks import company, stopwatch  # noqa: E402
from benchmarks.company import ACTIONS, Company, Question, Sizes  # noqa: E402
from benchmarks.contenders import members, sizes, tell  # noqa: E402
from benchmarks.peers.objects.models import Document  # noqa: E402


def settle(about: Company) -> None:
    kind = ContentType.objects.get_for_model(Document)
    Document.objects.bulk_create(Document(pk=one + 1) for one in range(about.permissions // ACTIONS))
    actions = Permission.objects.bulk_create(
        Permission(codename=company.action_of(one), name=company.action_of(one), content_type=kind)
        for one in range(ACTIONS)
    )
    groups = members.settle(about)
    GroupObjectPermission.objects.bulk_create(
        GroupObjectPermission(
            group=group, permission=actions[one % ACTIONS], content_type=kind, object_pk=str(one // ACTIONS + 1)
        )
        for group, given in zip(groups, about.permissions_of, strict=True)
        for one in given
    )


def may(question: Question) -> bool:
    """A person and a document as a view has them, who have been asked nothing yet."""
    person, permission = question
    user, document = User(pk=company.number_of(person), is_active=True), Document(pk=permission // ACTIONS + 1)
    return user.has_perm(f"objects.{company.action_of(permission)}", document)


def main(given: Sizes) -> None:
    if not Document.objects.exists():
        settle(given.company)
    asked = given.company.questions(given.slow_questions)
    may(asked[0])
    times = stopwatch.each(may, asked)
    batch = stopwatch.whole(lambda: [may(one) for one in asked[:100]], times=3)
    tell({"guardian": asdict(times) | {"batch_100": batch}})


if __name__ == "__main__":
    main(sizes())
