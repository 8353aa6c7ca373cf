"""A world of two places: what lies at `/globex`, noted row by row, and somebody at `/acme` who goes to look for it.

All that has a name at `/globex` is called after Xanadu, so that a page which tells of it gives itself away.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import ForeignKey, Model
from django.utils import timezone

from accounts.models import User
from accounts.services import service_accounts
from accounts.tests.factories import person
from common import scopes
from common.actors import SYSTEM
from events.models import Event
from rbac.models import AccessReview, Permission, ReviewItem, Role, RoleRequest, SeparationKind, SeparationOfDuty
from rbac.services import groups, memberships
from rbac.tests.factories import actor, give_role, role_of
from tokens.services import api_keys, credentials, sessions
from tokens.services.credentials import Added

HERE, THERE, MARK = "/acme", "/globex", "xanadu"
APPS = ("accounts", "rbac", "tokens")
# Of these everybody may make her own, wherever: asking for a role gives none.
ANYBODYS = {RoleRequest}
# These lie at no place: a role from anywhere can be given at `/acme`.
PLACELESS = {Role, Permission, SeparationOfDuty}

Rows = dict[type[Model], dict[Any, dict[str, Any]]]


@dataclass
class World:
    """`named`: the id of what lies at `/globex`, by the name that a route has for it. `there`: all rows of it."""

    named: dict[str, str]
    there: Rows
    seen: Rows = field(default_factory=dict)

    def ids(self) -> set[str]:
        placed = (found for model, found in self.there.items() if model not in PLACELESS)
        return {str(pk) for found in placed for pk in found if isinstance(pk, UUID)}

    def begin(self) -> None:
        """From here on, what is new is the work of who came to look."""
        self.seen = all_rows()

    def harm(self) -> list[str]:
        """What was changed at `/globex`, and what was made there or for those who are at home there."""
        now = all_rows()
        changed = [
            f"{model.__name__} {pk}"
            for model, known in self.there.items()
            for pk, row in known.items()
            if now[model].get(pk) != row
        ]
        made = [
            f"new {model.__name__} {row}"
            for model, found in now.items()
            for pk, row in found.items()
            if pk not in self.seen[model] and model not in ANYBODYS and self._touches(model, row)
        ]
        return changed + made

    def _touches(self, model: type[Model], row: dict[str, Any]) -> bool:
        theirs, links = self.ids(), [one.attname for one in model._meta.concrete_fields if isinstance(one, ForeignKey)]
        return any(str(row[link]) in theirs for link in links) or not scopes.covers(HERE, row.get("scope", HERE))


def all_rows() -> Rows:
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    return {
        model: {row[model._meta.pk.attname]: row for row in model._default_manager.values()}
        for model in models
        if model.__name__ != "Policy"
    }


def build() -> World:
    """All that there is of each kind, at `/globex`."""
    named = {**_people(), **_machines()}
    named |= _access(User.objects.get(pk=named["user_id"]), named)
    return World(named={name: str(pk) for name, pk in named.items()}, there=all_rows())


def _people() -> dict[str, Any]:
    at, outsider = timezone.now(), person(email=f"boss@{MARK}.example", display_name=f"Boss of {MARK}", scope=THERE)
    session = sessions.start(outsider, amr=["pwd"], device_name=f"{MARK} phone", actor=actor(outsider), at=at)
    key = api_keys.create(outsider, name=f"{MARK} key", actor=actor(outsider), at=at).key
    group = groups.create(f"{MARK}-group", title=f"All of {MARK}", scope=THERE, actor=SYSTEM, at=at)
    memberships.add(group, outsider, actor=SYSTEM, at=at)
    return {"user_id": outsider.pk, "session_id": session.pk, "key_id": key.pk, "group_id": group.pk}


def _machines() -> dict[str, Any]:
    at = timezone.now()
    machine = service_accounts.create(f"{MARK}-machine", scope=THERE, actor=SYSTEM, at=at)
    added = credentials.add(machine, actor=SYSTEM, at=at)
    assert isinstance(added, Added)
    return {"account_id": machine.pk, "credential_id": added.credential.pk}


def _access(outsider: User, named: dict[str, Any]) -> dict[str, Any]:
    at = timezone.now()
    soon = at + timedelta(days=1)
    role = role_of("launcher", "rocket:launch")
    given = give_role(outsider, role, scope=THERE, reason=f"Works in {MARK}", valid_until=soon)
    request = RoleRequest.objects.create(
        requester=outsider, role=role, scope=f"{THERE}/eu", until=soon, reason=f"For {MARK}", created_at=at
    )
    review = AccessReview.objects.create(title=f"Who is in {MARK}", scope=THERE, due_at=soon, created_at=at)
    item = ReviewItem.objects.create(review=review, assignment=given, reviewer=outsider)
    kept_apart = SeparationOfDuty.objects.create(
        name="launching-alone", kind=SeparationKind.STATIC, created_at=at, updated_at=at
    )
    return {
        "role_id": role.pk,
        "assignment_id": given.pk,
        "request_id": request.pk,
        "review_id": review.pk,
        "item_id": item.pk,
        "separation_id": kept_apart.pk,
        "permission_id": Permission.objects.get(name="rocket:launch").pk,
        "event_id": Event.objects.filter(subject_id=str(given.pk)).latest("id").pk,
    }
