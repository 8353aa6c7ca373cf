"""Policy files for tests: written with the indentation of the test, and carried out as the system."""

from datetime import datetime
from textwrap import dedent

from common.actors import SYSTEM
from events.models import Event
from rbac.errors.policy_files import Fault
from rbac.policy_files import checking, writing
from rbac.services.policy_files import carrying_out, present
from rbac.services.policy_files.carrying_out import Outcome

INVOICES = """
    permissions:
      - {name: "invoice:enter"}
      - {name: "invoice:approve", description: Release a payment}
    roles:
      - {name: boss, inherits: [lead]}
      - {name: clerk, title: Clerk, permissions: ["invoice:enter"]}
      - {name: lead, permissions: ["invoice:*"], emergency_minutes: 30}
    separation_of_duty:
      - {name: four-eyes, kind: static, roles: [clerk, lead]}
    groups:
      - name: emea
        scope: /acme
        roles: [{role: clerk, scope: /acme/eu}]
        members: [alice@example.org]
    """


def applied(text: str, *, prune: bool = False, at: datetime) -> Outcome:
    return carrying_out.apply(checking.document("version: 1\n" + dedent(text)), prune=prune, actor=SYSTEM, at=at)


def planned(text: str, *, prune: bool = False, at: datetime) -> Outcome:
    return carrying_out.plan(checking.document("version: 1\n" + dedent(text)), prune=prune, actor=SYSTEM, at=at)


def exported(*, with_members: bool = False, at: datetime) -> str:
    return writing.text_of(present.document(with_members=with_members, at=at))


def words(faults: tuple[Fault, ...]) -> str:
    return "\n".join(map(str, faults))


def done(outcome: Outcome) -> None:
    assert words(outcome.refusals + outcome.failures) == ""


def facts(at: datetime) -> list[str]:
    return sorted(Event.objects.filter(occurred_at=at).values_list("kind", flat=True))
