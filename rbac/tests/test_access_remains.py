"""What becomes of requests and reviews when a person, a role or an assignment goes, and what the tables themselves forbid."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import lifecycle, service_accounts
from common.actors import SYSTEM, Actor, ActorKind
from rbac.models import AccessReview, ExpiryWarning, ReviewItem, Role, RoleAssignment, RoleRequest
from rbac.services import approvals, assignments, expiry, reviews, roles
from rbac.tests.access import DAY, AsUser, decider, get, post, review, told, wish
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def carol(person: Callable[..., User], clerk: Role, noon: datetime) -> User:
    return decider(person("carol"), "invoice:approve", at=noon)


class TestWithAPerson:
    def test_who_is_erased_her_requests_and_items_go(self, alice: User, clerk: Role, noon: datetime) -> None:
        wish(alice, clerk, at=noon)
        give_role(alice, clerk, at=noon - 8 * DAY, valid_until=noon + DAY)
        expiry.warn(actor=SYSTEM, at=noon)
        review(role=clerk, at=noon)

        lifecycle.erase(alice, actor=SYSTEM, at=noon)

        for model in (RoleRequest, RoleAssignment, ExpiryWarning, ReviewItem):
            assert not model.objects.exists(), model
        assert AccessReview.objects.exists()

    def test_who_decided_and_is_erased_the_decision_stays(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        approvals.approve(wish(alice, clerk, at=noon), actor=actor(carol), at=noon)

        lifecycle.erase(carol, actor=SYSTEM, at=noon)

        assert RoleRequest.objects.get().decided_by == carol.pk
        assert RoleAssignment.objects.standing(at=noon).filter(user=alice).exists()

    def test_who_reviews_and_is_erased_the_item_waits_for_others(
        self, alice: User, carol: User, root: User, clerk: Role, noon: datetime
    ) -> None:
        assignments.assign(alice, clerk, scope="/acme", actor=actor(carol), at=noon)
        item = ReviewItem.objects.get(review=review(by=root, role=clerk, at=noon))
        assert item.reviewer == carol

        lifecycle.erase(carol, actor=SYSTEM, at=noon)

        left = ReviewItem.objects.get(pk=item.pk)
        assert (left.reviewer, left.verdict) == (None, "")


class TestWithARole:
    def test_that_is_deleted_its_requests_go(self, alice: User, clerk: Role, noon: datetime) -> None:
        wish(alice, clerk, at=noon)

        roles.delete(clerk, actor=SYSTEM, at=noon)

        assert not RoleRequest.objects.exists()

    def test_that_was_given_by_approval_is_in_use(self, alice: User, root: User, clerk: Role, noon: datetime) -> None:
        asked = approvals.approve(wish(alice, clerk, at=noon), actor=actor(root), at=noon)
        assert isinstance(asked, RoleRequest)
        assert asked.assignment

        assignments.end(asked.assignment, actor=SYSTEM, at=noon)
        roles.delete(clerk, actor=SYSTEM, at=noon)

        assert not RoleAssignment.objects.filter(user=alice).exists()


class TestWithAnAssignment:
    def test_that_was_ended_by_hand_the_review_may_still_say_so(
        self, alice: User, root: User, clerk: Role, noon: datetime
    ) -> None:
        given = give_role(alice, clerk, at=noon)
        begun = review(by=root, role=clerk, on_silence="remove", at=noon)
        assignments.end(given, actor=SYSTEM, at=noon + DAY)

        reviews.close_due(actor=SYSTEM, at=begun.due_at)

        given.refresh_from_db()
        assert (ReviewItem.objects.get().verdict, given.ended_at) == ("remove", noon + DAY)


class TestAReviewOfAMachine:
    @pytest.mark.parametrize(("patterns", "removes"), [(("*:*",), True), (("access_review:add",), False)])
    def test_removes_no_more_than_the_machine_could(
        self, alice: User, clerk: Role, noon: datetime, patterns: tuple[str, ...], removes: bool
    ) -> None:
        machine = service_accounts.create("auditor", actor=SYSTEM, at=noon)
        give(machine, *patterns, at=noon)
        given, whose = give_role(alice, clerk, at=noon), Actor(kind=ActorKind.SERVICE_ACCOUNT, id=machine.pk)
        terms: dict[str, Any] = {"role": clerk, "on_silence": "remove", "due_at": noon + DAY, "at": noon}
        begun = reviews.begin("By a machine", actor=whose, **terms)

        reviews.close_due(actor=SYSTEM, at=begun.due_at)

        assert ReviewItem.objects.get().reviewer is None
        assert RoleAssignment.objects.open().filter(pk=given.pk).exists() is not removes


class TestTheTablesForbid:
    def refused(self, rule: str, change: Callable[[], object]) -> bool:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            change()
        return rule in str(refusal.value) or "UNIQUE" in str(refusal.value)

    def test_that_somebody_decides_her_own_request(self, alice: User, clerk: Role, noon: datetime) -> None:
        rows = RoleRequest.objects.filter(pk=wish(alice, clerk, at=noon).pk)

        assert self.refused("nobody_decides_her_own_request", lambda: rows.update(decided_by=alice.pk))

    def test_that_a_decision_does_not_say_when(self, alice: User, clerk: Role, noon: datetime) -> None:
        rows = RoleRequest.objects.filter(pk=wish(alice, clerk, at=noon).pk)

        assert self.refused("a_decided_request_says_when", lambda: rows.update(state="approved"))

    def test_that_a_verdict_does_not_say_when(self, alice: User, clerk: Role, noon: datetime) -> None:
        give_role(alice, clerk, at=noon)
        review(role=clerk, at=noon)

        assert self.refused("a_verdict_says_when", lambda: ReviewItem.objects.update(verdict="keep"))

    def test_that_a_review_asks_twice(self, alice: User, clerk: Role, noon: datetime) -> None:
        given = give_role(alice, clerk, at=noon)
        begun = review(role=clerk, at=noon)

        assert self.refused(
            "a_review_asks_once_for_an_assignment",
            lambda: ReviewItem.objects.create(review=begun, assignment=given),
        )


class TestTheList:
    def test_costs_the_same_for_many(
        self, alice: User, root: User, clerk: Role, as_user: AsUser, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(15):
            wish(alice, clerk, at=timezone.now(), scope=f"/{number}")

        with django_assert_max_num_queries(6):
            assert len(get(as_user(root), "role-requests/").json()["results"]) == 15

    def test_comes_in_pages(self, alice: User, clerk: Role, as_user: AsUser) -> None:
        for number in range(5):
            wish(alice, clerk, at=timezone.now(), scope=f"/{number}")

        first = get(as_user(alice), "role-requests/", page_size="3").json()
        second = as_user(alice).get(first["next"]).json()

        assert [len(page["results"]) for page in (first, second)] == [3, 2]
        assert second["next"] is None


class TestOddRequests:
    @pytest.mark.parametrize(
        "path", ["role-requests/x/", "role-requests/x/approve/", "access-reviews/x/", "access-reviews/x/items/"]
    )
    def test_to_what_is_no_id_find_nothing(self, alice: User, as_user: AsUser, path: str) -> None:
        assert get(as_user(alice), path).status_code == 404

    @pytest.mark.parametrize("action", ["approve/", "deny/", "withdraw/"])
    def test_that_only_look_decide_nothing(
        self, root: User, alice: User, clerk: Role, as_user: AsUser, action: str
    ) -> None:
        asked = wish(alice, clerk, at=timezone.now())

        assert get(as_user(root), f"role-requests/{asked.pk}/{action}").status_code == 405
        assert RoleRequest.objects.get().state == "pending"

    def test_of_a_great_size_are_refused(self, alice: User, clerk: Role, as_user: AsUser) -> None:
        body = {"role": "clerk", "until": "2031-01-01T00:00:00Z", "reason": "a" * 100_000}

        assert post(as_user(alice), "role-requests/", body).status_code == 400

    def test_of_strangers_are_refused(self, db: None) -> None:
        for path in ("role-requests/", "role-requests/break-glass/", "access-reviews/"):
            assert told(post(APIClient(), path))[0] == 401
