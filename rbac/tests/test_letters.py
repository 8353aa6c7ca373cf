"""Who gets no letter, who gets just one, and what stands in it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from accounts.models import User
from accounts.services import service_accounts
from accounts.tests.post import Post
from common.actors import SYSTEM
from rbac.models import Role, RoleAssignment, RoleRequest
from rbac.notices import requests as request_notices
from rbac.notices import sending
from rbac.services import approvals, assignments, emergencies, expiry, verdicts
from rbac.tests.access import DAY, decider, emergency_role, review, wish
from rbac.tests.factories import actor, give, give_role, group_of, role_of


@pytest.fixture
def post(db: None, noon: datetime) -> Iterator[Post]:
    """What has been mailed, once all that is owed at noon is delivered."""
    with time_machine.travel(noon, tick=False):
        yield Post(noon)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


def readers(post: Post) -> list[str]:
    return sorted(reader for sent in post.all() for reader in sent.recipients())


def break_glass(user: User, noon: datetime) -> RoleRequest:
    give(user, "role_request:break_glass", at=noon)
    terms: dict[str, Any] = {"signed_in_at": noon, "actor": actor(user), "at": noon}
    taken = emergencies.break_glass(user, emergency_role("server:restart"), scope="/acme", reason="fire", **terms)
    assert isinstance(taken, RoleRequest)
    return taken


class TestARequest:
    def test_is_mailed_to_nobody_who_may_decide_only_below_or_tomorrow_or_is_shut_out(
        self, alice: User, person: Callable[..., User], clerk: Role, noon: datetime, post: Post
    ) -> None:
        decider(person("below", is_staff=True), at=noon, scope="/acme/eu")
        give(person("soon", is_staff=True), "role_assignment:add", at=noon, valid_from=noon + DAY)
        decider(person("gone", is_staff=True, is_active=False), at=noon)
        decider(person("here", is_staff=True), at=noon)

        wish(alice, clerk, at=noon)

        assert readers(post) == ["here@example.org"]

    def test_looks_at_a_bounded_number_of_staff(
        self, alice: User, person: Callable[..., User], clerk: Role, noon: datetime, post: Post, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(request_notices, "MOST_LOOKED_AT", 1)
        for name in ("first", "second"):
            decider(person(name, is_staff=True), at=noon)
        wish(alice, clerk, at=noon)

        assert readers(post) == ["first@example.org"]

    @pytest.mark.parametrize(("days", "told"), [(3, "2030-01-04"), (None, "2030-01-08")])
    def test_that_was_approved_tells_when_the_role_ends(
        self, alice: User, root: User, clerk: Role, noon: datetime, post: Post, days: int | None, told: str
    ) -> None:
        until = noon + days * DAY if days else None

        approvals.approve(wish(alice, clerk, at=noon), until=until, actor=actor(root), at=noon)

        body = str(post.last().body)
        assert [word for word in ("clerk", "/acme", told) if word not in body] == []


class TestABrokenGlass:
    def test_is_mailed_once_to_who_rules_in_two_ways(
        self, alice: User, bob: User, root: User, noon: datetime, post: Post
    ) -> None:
        for holder in (bob, group_of(bob), group_of(bob, root)):
            give_role(holder, role_of(f"chief-{str(holder.pk)[-12:]}", "*:*"), at=noon)
        break_glass(alice, noon)

        assert readers(post) == ["bob@example.org", "root@example.org"]

    def test_is_not_mailed_to_who_rules_in_one_place_or_at_another_time_or_is_shut_out(
        self, alice: User, person: Callable[..., User], noon: datetime, post: Post
    ) -> None:
        give(person("local"), "*:*", scope="/acme", at=noon)
        give(person("soon"), "*:*", at=noon, valid_from=noon + DAY)
        give(person("gone", is_active=False), "*:*", at=noon)
        break_glass(alice, noon)

        assert readers(post) == []

    def test_by_somebody_erased_since_names_her_id(self, alice: User, root: User, noon: datetime, post: Post) -> None:
        break_glass(alice, noon)
        who = str(alice.pk)
        alice.delete()

        assert readers(post) == ["root@example.org"]
        assert who in str(post.last().body)


class TestAnEnd:
    def test_of_a_machines_role_is_mailed_to_nobody_once_its_giver_is_shut_out(
        self, root: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        machine = service_accounts.create("billing", actor=SYSTEM, at=noon)
        assignments.assign(machine, clerk, valid_until=noon + DAY, actor=actor(root), at=noon - 9 * DAY)
        User.objects.update(is_active=False)

        assert expiry.warn(actor=SYSTEM, at=noon) == 1

        assert readers(post) == []

    def test_that_has_come_before_the_mail_is_not_mailed(
        self, alice: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        give_role(alice, clerk, at=noon - 10 * DAY, valid_until=noon)
        expiry.warn(actor=SYSTEM, at=noon - DAY)

        assert readers(post) == []


def test_a_review_that_she_has_decided_or_whose_reviewer_is_shut_out_is_mailed_to_nobody(
    alice: User, bob: User, root: User, clerk: Role, noon: datetime, post: Post
) -> None:
    given = [give_role(alice, clerk, scope=scope, at=noon) for scope in ("/a", "/b")]
    RoleAssignment.objects.filter(pk=given[0].pk).update(assigned_by=bob.pk)
    begun = review(by=root, role=clerk, at=noon)
    verdicts.decide(begun.items.get(reviewer=root.pk), "keep", actor=actor(root), at=noon)
    User.objects.filter(pk=bob.pk).update(is_active=False)

    assert readers(post) == []


def test_a_reader_is_somebody_who_can_sign_in(alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)

    assert [sending.reader(one) for one in (str(alice.pk), str(bob.pk), None, "")] == [alice, None, None, None]
