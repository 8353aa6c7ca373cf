"""Nobody gives or takes what he does not have, and whoever tried is written down."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import lifecycle
from accounts.tests.factories import made
from accounts.tests.fakes import Granted
from common.actors import Actor, ActorKind
from common.errors import PermissionRefused, Refused
from events.models import Event

STAFF, RULER = {"is_staff": True}, {"is_staff": True, "is_superuser": True}
WITHOUT = [({}, STAFF), ({**STAFF, "is_active": False}, STAFF), (STAFF, RULER)]


def actor(user: User, **traits: Any) -> Actor:
    return Actor(kind=ActorKind.USER, id=user.pk, **traits)


def attempt() -> tuple[str, str, list[str]]:
    """The one that was written down: on whom, what, and what was missing."""
    fact = Event.objects.get(kind="accounts.user.privilege_refused")
    return fact.subject_id, fact.data["attempted"], fact.data["missing"]


@pytest.mark.parametrize(("maker", "given"), [(STAFF, STAFF), (RULER, STAFF), (RULER, RULER)])
def test_staff_makes_staff_and_rulers_make_rulers(
    person: Callable[..., User], noon: datetime, maker: dict[str, Any], given: dict[str, Any]
) -> None:
    boss = person("boss", **maker)
    dora = made(lifecycle.create(email="dora@example.org", actor=actor(boss), at=noon, **given))
    assert {name: getattr(dora, name) for name in given} == given
    assert not Event.objects.filter(kind="accounts.user.privilege_refused").exists()


@pytest.mark.parametrize(("maker", "given"), WITHOUT)
def test_nobody_gives_what_he_does_not_hold(
    person: Callable[..., User], noon: datetime, maker: dict[str, Any], given: dict[str, Any]
) -> None:
    boss = person("boss", **maker)
    outcome = lifecycle.create(email="dora@example.org", actor=actor(boss), at=noon, **given)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, PermissionRefused)
    assert not User.objects.exclude(pk=boss.pk).exists()
    assert attempt()[1:] == ("create", [list(given)[-1]])


def test_nobody_takes_what_he_does_not_hold(person: Callable[..., User], root: User, noon: datetime) -> None:
    clerk = person("clerk", is_staff=True)
    person("deputy", is_staff=True, is_superuser=True)
    assert isinstance(lifecycle.update(root, changes={"is_superuser": False}, actor=actor(clerk), at=noon), Refused)
    assert User.objects.get(pk=root.pk).is_superuser
    assert attempt() == (str(root.pk), "update", ["is_superuser"])


def test_a_machine_makes_no_staff(alice: User, root: User, noon: datetime) -> None:
    machine = Actor(kind=ActorKind.SERVICE_ACCOUNT, id=root.pk)
    assert isinstance(lifecycle.update(alice, changes={"is_staff": True}, actor=machine, at=noon), Refused)
    assert Event.objects.get().actor_kind == "service_account"


@pytest.mark.parametrize(("bounds", "is_refused"), [(None, False), ({"*:*"}, False), ({"user:*"}, True)])
def test_a_key_gives_no_privilege_unless_it_is_good_for_everything(
    alice: User, root: User, noon: datetime, bounds: set[str] | None, is_refused: bool
) -> None:
    bearer = actor(root, bounds=frozenset(bounds) if bounds else None)
    outcome = lifecycle.update(alice, changes={"is_staff": True}, actor=bearer, at=noon)
    assert isinstance(outcome, Refused) is is_refused


@pytest.mark.parametrize(("method", "path"), [("post", "/api/v1/users/"), ("patch", "/api/v1/users/{}/")])
def test_over_the_api_the_refusal_is_told_and_its_mark_stays(
    alice: User, bob: User, granted: type[Granted], as_user: Callable[[User], APIClient], method: str, path: str
) -> None:
    granted.names.update({"user:add", "user:change"})
    said = {"is_staff": True, **({"email": "dora@example.org"} if method == "post" else {})}
    answer = getattr(as_user(bob), method)(path.format(alice.pk), said, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "is_staff" in answer.json()["detail"]
    assert attempt()[2] == ["is_staff"]
    assert not User.objects.filter(is_staff=True).exists()
