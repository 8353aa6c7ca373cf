"""Staff's pages of groups and who is in them, at the places where they may, and what they are told when they may not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.models import Event
from rbac.models import Group, GroupMembership
from rbac.tests.factories import give_role, group_of, role_of
from rbac.tests.staff import act, page, shown

pytestmark = pytest.mark.django_db
LIST, MEMBERS = "/admin/rbac/group/", "/admin/rbac/groupmembership/"


def at(scope: str, group: Group) -> Group:
    group.scope = scope
    group.save(update_fields=["scope"])
    return group


def found(client: Client, **query: str) -> list[GroupMembership]:
    return list(client.get(MEMBERS, query).context["cl"].result_list)


def come(client: Client, *groups: Group, users: list[User]) -> Any:
    chosen: Any = [str(user.pk) for user in users]
    return act(client, LIST, "add_members", *groups, apply="yes", users=chosen)


class TestTheListOfMembers:
    def test_it_has_those_of_the_groups_at_her_place(self, limited: Callable[..., Client], alice: User) -> None:
        here, far = at("/acme/eu", group_of(alice)), at("/globex", group_of(alice))
        client = limited("group:view", scope="/acme")

        assert [row.group for row in found(client)] == [here]
        assert found(client, q=str(far.memberships.get().pk)) == []
        assert found(client, q=far.name) == []

    def test_one_who_looks_after_another_place_is_not_found_by_address(
        self, limited: Callable[..., Client], alice: User, person: Callable[..., User]
    ) -> None:
        here = at("/acme", group_of(alice, person("alicia", scope="/acme")))
        client = limited("group:view", "user:view", scope="/acme")

        assert [row.user.email for row in found(client, q="alic@")] == []
        assert [row.user.email for row in found(client, q="alicia@")] == ["alicia@example.org"]
        assert found(client, q="alice@") == []
        content = shown(client, page("group", "change", here.pk))
        assert ("alicia@" in content, "alice@" in content, str(alice.pk) in content) == (True, False, True)


class TestRemoving:
    def test_nobody_is_taken_out_of_what_one_does_not_hold(self, limited: Callable[..., Client], alice: User) -> None:
        group = group_of(alice)
        give_role(group, role_of("clerk", "invoice:approve"))

        answer = act(limited("group:*", "user:view"), MEMBERS, "remove", group.memberships.get()).content.decode()

        assert "You do not hold invoice:approve" in answer
        assert "0 of 1 members removed" in answer
        assert Event.objects.get(kind="rbac.group.refused").data["attempted"] == "remove_member"

    @pytest.mark.parametrize(("scope", "left"), [("/acme/eu", 0), ("/globex", 1), ("/", 1)])
    def test_it_takes_the_change_of_the_group_at_its_place(
        self, limited: Callable[..., Client], alice: User, scope: str, left: int
    ) -> None:
        row = at(scope, group_of(alice)).memberships.get()

        act(limited("group:view", "group:change", scope="/acme"), MEMBERS, "remove", row)

        assert GroupMembership.objects.count() == left


class TestAdding:
    def test_where_one_is_in_already_nobody_comes_in(self, chief: Client, alice: User, bob: User) -> None:
        full, empty = group_of(bob, name="full"), group_of(name="empty")

        answer = come(chief, empty, full, users=[alice, bob])

        assert "She is in full already." in answer.content.decode()
        assert [one.user for one in GroupMembership.objects.all()] == [bob]

    def test_what_is_refused_of_one_group_does_not_stop_the_other(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        guarded, free = group_of(name="guarded"), group_of(name="free")
        give_role(guarded, role_of("clerk", "invoice:approve"))

        answer = come(limited("group:*", "user:view"), guarded, free, users=[alice])

        assert "1 of 2 members added" in answer.content.decode()
        assert [one.group for one in GroupMembership.objects.all()] == [free]
