"""What staff are told when they decide on requests and reviews, and how far their word goes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from rbac.models import ReviewItem, Role, RoleAssignment, RoleRequest
from rbac.tests.access import review, wish
from rbac.tests.factories import give_role, group_of, role_of
from rbac.tests.staff import act, page, shown

pytestmark = pytest.mark.django_db
REQUESTS, ITEMS = "/admin/rbac/rolerequest/", "/admin/rbac/reviewitem/"


def decide(client: Client, where: str, action: str, *rows: Any, note: str = "") -> str:
    return str(act(client, where, action, *rows, apply="yes", note=note).content.decode())


def items_of(role: Role) -> dict[User | None, ReviewItem]:
    return {item.assignment.user: item for item in review(role=role, at=timezone.now()).items.all()}


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


class TestRequests:
    def test_of_several_each_is_decided_by_itself(
        self, limited: Callable[..., Client], clerk: Role, alice: User
    ) -> None:
        free = wish(alice, role_of("free"), at=timezone.now())
        beyond = wish(alice, clerk, at=timezone.now())

        content = decide(limited("role_assignment:add"), REQUESTS, "approve", free, beyond)

        assert "1 of 2 requests approved" in content
        assert "You do not hold invoice:approve" in content
        assert [one.role.name for one in RoleAssignment.objects.filter(user=alice)] == ["free"]

    def test_a_no_reaches_further_than_a_yes_and_keeps_its_note(
        self, limited: Callable[..., Client], clerk: Role, alice: User
    ) -> None:
        asked = wish(alice, clerk, at=timezone.now())

        content = decide(limited("role_assignment:add"), REQUESTS, "deny", asked, note="not yet")

        assert "1 of 1 requests denied" in content
        assert RoleRequest.objects.values_list("state", "note").get() == ("denied", "not yet")


class TestReviews:
    def test_nobody_judges_what_she_holds_in_a_group(self, chief: Client, clerk: Role, root: User) -> None:
        give_role(group_of(root), clerk)
        (item,) = items_of(clerk).values()

        assert "Somebody else has to judge what you hold" in decide(chief, ITEMS, "keep", item)
        assert not ReviewItem.objects.get().verdict

    def test_its_reviewer_keeps_without_any_power_and_removes_by_her_own(
        self, limited: Callable[..., Client], clerk: Role, alice: User, bob: User
    ) -> None:
        for holder in (alice, bob):
            give_role(holder, clerk)
        items = items_of(clerk)
        client = limited("session:view")
        ReviewItem.objects.update(reviewer=User.objects.get(email="limited@example.org"))

        decide(client, ITEMS, "keep", items[alice])
        decide(client, ITEMS, "remove", items[bob])

        assert {one.assignment.user: one.verdict for one in ReviewItem.objects.all()} == {alice: "keep", bob: ""}
        assert RoleAssignment.objects.open().filter(role=clerk).count() == 2

    def test_the_progress_counts_each_verdict(self, chief: Client, clerk: Role, person: Callable[..., User]) -> None:
        for number in range(6):
            give_role(person(f"p{number}"), clerk)
        items = list(items_of(clerk).values())

        decide(chief, ITEMS, "keep", items[0])
        decide(chief, ITEMS, "remove", *items[1:3])

        content = shown(chief, page("accessreview", "change", items[0].review_id))
        assert "1 kept, 2 removed, 3 undecided, 6 in all" in content

    def test_who_ends_assignments_here_is_shown_those_here(
        self, limited: Callable[..., Client], clerk: Role, alice: User
    ) -> None:
        here, far = (give_role(alice, clerk, scope=scope) for scope in ("/acme/eu", "/globex"))
        review(role=clerk, at=timezone.now())
        client = limited("role_assignment:delete", scope="/acme")

        assert [row.assignment for row in client.get(ITEMS).context["cl"].result_list] == [here]
        far_page = page("reviewitem", "change", ReviewItem.objects.get(assignment=far).pk)
        assert client.get(far_page, follow=True).redirect_chain != []
