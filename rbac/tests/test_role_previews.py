"""What would change is told before a role is saved, and nothing is written by telling it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import lifecycle, service_accounts
from common.actors import SYSTEM
from events.models import Event
from rbac.models import Policy, Role
from rbac.selectors import patterns_of
from rbac.tests.factories import give, give_role, group_of, role_of, separate
from rbac.tests.staff import change, role_page
from tests.two_places import all_rows

pytestmark = pytest.mark.django_db


def asked(client: Client, role: Role, **form: Any) -> Any:
    """The form as it is first sent."""
    return client.post(role_page(role), {"title": "", "description": "", "version": "1", **form}, follow=True)


def told(answer: Any) -> dict[str, dict[str, list[str]]]:
    return {side.verb: {one.name: one.what for one in side.listed} for side in answer.context["sides"]}


@pytest.fixture
def clerk(alice: User) -> Role:
    """Held by Alice at /acme."""
    role = role_of("clerk", "invoice:view")
    give_role(alice, role, scope="/acme")
    return role


def test_who_gains_and_who_loses_is_named_with_what(chief: Client, clerk: Role) -> None:
    answer = asked(chief, clerk, permissions="user:view")

    assert told(answer) == {
        "gain": {"alice@example.org": ["user:view at /acme, by the role clerk"]},
        "lose": {"alice@example.org": ["invoice:view at /acme, by the role clerk"]},
    }


def test_nothing_is_written_by_the_preview(chief: Client, clerk: Role) -> None:
    before, stamp, events = all_rows(), Policy.objects.get().stamp, Event.objects.count()

    asked(chief, clerk, permissions="user:view\nrole:view", title="Other")

    assert all_rows() == before
    assert (Policy.objects.get().stamp, Event.objects.count()) == (stamp, events)


def test_the_confirmed_form_saves_what_was_typed(chief: Client, clerk: Role) -> None:
    answer = asked(chief, clerk, permissions="user:view", title="Clerk")

    chief.post(role_page(clerk), dict(answer.context["said"]) | {answer.context["confirmed"]: "yes"})

    clerk.refresh_from_db()
    assert (patterns_of(clerk), clerk.title, clerk.version) == (["user:view"], "Clerk", 2)


def test_several_juniors_come_through_the_confirmation(chief: Client, clerk: Role) -> None:
    juniors = [str(role_of(name).pk) for name in ("one", "two")]

    said = asked(chief, clerk, permissions="invoice:view", inherits=juniors).context["said"]

    assert [value for name, value in said if name == "inherits"] == juniors


def test_a_change_in_between_is_refused(chief: Client, clerk: Role) -> None:
    form = dict(asked(chief, clerk, permissions="user:view").context["said"])
    change(chief, clerk, permissions="role:view", version="1")

    answer = chief.post(role_page(clerk), form | {"_confirmed": "yes"}, follow=True)

    assert "has changed since you read it" in answer.content.decode()
    assert patterns_of(clerk) == ["role:view"]


def test_what_was_changed_before_is_told_before_anybody_confirms(chief: Client, clerk: Role) -> None:
    change(chief, clerk, permissions="role:view", version="1")

    assert "has changed since" in asked(chief, clerk, permissions="user:view").content.decode()


def test_words_alone_are_saved_at_once(chief: Client, clerk: Role) -> None:
    asked(chief, clerk, permissions="invoice:view", title="Clerk")

    clerk.refresh_from_db()
    assert clerk.title == "Clerk"


def test_a_role_that_nobody_holds_touches_nobody(chief: Client) -> None:
    assert told(asked(chief, role_of("clerk"), permissions="user:view")) == {"gain": {}, "lose": {}}


def test_those_who_hold_a_role_above_gain_through_it(chief: Client, bob: User) -> None:
    clerk = role_of("clerk")
    give_role(group_of(bob), role_of("lead", inherits=[clerk]), scope="/acme")

    assert told(asked(chief, clerk, permissions="user:view"))["gain"] == {
        "bob@example.org": ["user:view at /acme, by the role lead"]
    }


def test_what_comes_by_a_new_junior_is_gained(chief: Client, clerk: Role) -> None:
    junior = role_of("junior", "user:view", inherits=[role_of("below", "role:view")])

    answer = asked(chief, clerk, permissions="invoice:view", inherits=[str(junior.pk)])

    assert told(answer)["gain"] == {"alice@example.org": ["role:view, user:view at /acme, by the role clerk"]}


def test_what_she_keeps_by_another_role_is_not_lost(chief: Client, clerk: Role, alice: User) -> None:
    give(alice, "invoice:*")

    assert told(asked(chief, clerk, permissions=""))["lose"] == {}


def test_machines_gain_too(chief: Client) -> None:
    clerk = role_of("clerk")
    give_role(service_accounts.create("till", actor=SYSTEM, at=clerk.created_at), clerk)

    assert list(told(asked(chief, clerk, permissions="user:view"))["gain"]) == ["service_account till"]


def test_who_is_deactivated_neither_gains_nor_loses(chief: Client, clerk: Role, alice: User) -> None:
    lifecycle.deactivate(alice, reason="test", actor=SYSTEM, at=clerk.created_at)

    assert told(asked(chief, clerk, permissions="user:view")) == {"gain": {}, "lose": {}}


def test_what_a_separation_comes_to_hold_back_is_lost(chief: Client, clerk: Role, alice: User) -> None:
    payer, booker = role_of("payer", "invoice:pay"), role_of("booker", "invoice:book")
    give_role(alice, payer)
    separate(payer, booker, kind="dynamic")

    answer = asked(chief, clerk, permissions="invoice:view", inherits=[str(booker.pk)])

    assert set(told(answer)["lose"]["alice@example.org"]) == {
        "invoice:view at /acme, by the role clerk",
        "invoice:pay at /, by the role payer",
    }


def test_many_are_counted_and_the_first_fifty_listed(chief: Client, person: Callable[..., User]) -> None:
    clerk = role_of("clerk")
    for number in range(53):
        give_role(person(f"p{number:02}"), clerk)

    gain, _ = asked(chief, clerk, permissions="user:view").context["sides"]

    assert (gain.total, len(gain.listed), gain.unlisted) == (53, 50, 3)


@pytest.mark.parametrize(
    ("also", "named"), [("user:view", "alice@example.org"), ("session:view", "somebody elsewhere")]
)
def test_those_of_whom_she_may_not_know_are_counted_and_not_named(
    limited: Callable[..., Client], clerk: Role, also: str, named: str
) -> None:
    answer = asked(limited("role:*", "invoice:*", also), clerk, permissions="")

    assert list(told(answer)["lose"]) == [named]


def test_what_she_may_not_give_is_refused_with_its_mark_and_no_preview(
    limited: Callable[..., Client], clerk: Role
) -> None:
    answer = asked(limited("role:*"), clerk, permissions="*:*")

    assert "You do not hold" in answer.content.decode()
    assert Event.objects.get(kind="rbac.role.refused").data["attempted"] == "update"


def test_who_may_only_look_is_shown_no_preview(limited: Callable[..., Client], clerk: Role) -> None:
    client = limited("role:view", "invoice:*", "user:view")

    assert asked(client, clerk, permissions="user:view").status_code == 403
