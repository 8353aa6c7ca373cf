"""Two at once, on PostgreSQL with real threads: requests, emergencies, warnings and reviews come out as if one had been first."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.services import lifecycle
from common.actors import SYSTEM
from events.models import Event
from events.tests.fakes import at_once
from rbac.models import ReviewItem, Role, RoleAssignment, RoleRequest
from rbac.services import approvals, assignments, emergencies, expiry, extensions, requests, reviews, roles, verdicts
from rbac.tests.access import DAY, decider, emergency_role, review, wish
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def deciders(person: Callable[..., User], clerk: Role, noon: datetime) -> list[User]:
    names = ("carol", "dave", "erin", "frank")
    return [decider(person(name), "invoice:*", at=noon) for name in names]


def kinds(answers: list[object]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def facts(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


@pytest.mark.parametrize("attempt", range(5))
def test_of_many_who_approve_at_once_one_does(
    alice: User, deciders: list[User], clerk: Role, noon: datetime, attempt: int
) -> None:
    asked = wish(alice, clerk, at=noon)

    answers = at_once(*[lambda u=u: approvals.approve(asked, actor=actor(u), at=noon) for u in deciders])

    assert kinds(answers) == ["AlreadyDecided"] * 3 + ["RoleRequest"]
    assert RoleAssignment.objects.filter(user=alice).count() == 1
    assert facts("rbac.role_request.approved") == facts("rbac.role_assignment.created") - 4 == 1


@pytest.mark.parametrize("attempt", range(5))
def test_what_is_approved_denied_and_withdrawn_at_once_is_one_of_them(
    alice: User, deciders: list[User], clerk: Role, noon: datetime, attempt: int
) -> None:
    asked = wish(alice, clerk, at=noon)
    one, other = actor(deciders[0]), actor(deciders[1])

    answers = at_once(
        lambda: approvals.approve(asked, actor=one, at=noon),
        lambda: approvals.deny(asked, actor=other, at=noon),
        lambda: requests.withdraw(asked, actor=actor(alice), at=noon),
    )

    assert kinds(answers) == ["AlreadyDecided", "AlreadyDecided", "RoleRequest"]
    approved = RoleRequest.objects.get().state == "approved"
    assert RoleAssignment.objects.filter(user=alice).exists() is approved


def test_what_many_ask_for_at_once_is_asked_once(alice: User, clerk: Role, noon: datetime) -> None:
    answers = at_once(*[lambda: wish(alice, clerk, at=noon)] * 6)

    assert kinds(answers) == ["AlreadyRequested"] * 5 + ["RoleRequest"]


def test_nobody_asks_for_more_than_the_bound_by_asking_at_once(alice: User, clerk: Role, noon: datetime) -> None:
    for number in range(requests.MOST_PENDING - 1):
        wish(alice, clerk, at=noon, scope=f"/{number}")

    answers = at_once(*[lambda n=n: wish(alice, clerk, at=noon, scope=f"/more/{n}") for n in range(4)])

    assert kinds(answers) == ["RoleRequest"] + ["TooManyRequested"] * 3


@pytest.mark.parametrize("attempt", range(5))
def test_a_role_that_is_asked_for_is_given_by_hand_or_by_approval(
    alice: User, deciders: list[User], clerk: Role, noon: datetime, attempt: int
) -> None:
    asked = wish(alice, clerk, at=noon)

    answers = at_once(
        lambda: approvals.approve(asked, actor=actor(deciders[0]), at=noon),
        lambda: assignments.assign(alice, clerk, scope="/acme", actor=actor(deciders[1]), at=noon),
    )

    assert kinds(answers) in (["AlreadyAssigned", "RoleRequest"], ["AlreadyAssigned", "RoleAssignment"])
    assert RoleAssignment.objects.open().filter(user=alice).count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_role_is_not_approved_while_it_is_deleted(
    alice: User, root: User, clerk: Role, noon: datetime, attempt: int
) -> None:
    asked = wish(alice, clerk, at=noon)

    answers = at_once(
        lambda: approvals.approve(asked, actor=actor(root), at=noon),
        lambda: roles.delete(clerk, actor=SYSTEM, at=noon),
    )

    assert kinds(answers) in (["RoleInUse", "RoleRequest"], ["NoneType", "NotFound"])


def test_the_glass_breaks_once(alice: User, noon: datetime) -> None:
    give(alice, "role_request:break_glass", at=noon)
    role = emergency_role("server:restart")
    terms: dict[str, Any] = {"signed_in_at": noon, "actor": actor(alice), "at": noon}

    def take() -> Any:
        return emergencies.break_glass(alice, role, scope="/", reason="it burns", **terms)

    assert kinds(at_once(*[take] * 6)) == ["AlreadyAssigned"] * 5 + ["RoleRequest"]
    assert facts("rbac.role.glass_broken") == 1


@pytest.mark.parametrize("attempt", range(3))
def test_two_beats_tell_of_an_end_once(alice: User, clerk: Role, noon: datetime, attempt: int) -> None:
    for number in range(5):
        give_role(alice, clerk, scope=f"/{number}", at=noon, valid_until=noon + 10 * DAY)

    answers = at_once(*[lambda: expiry.warn(actor=SYSTEM, at=noon + 8 * DAY)] * 4)

    assert sum(answers) == facts("rbac.role_assignment.expiring") == 5


def test_a_link_that_many_use_at_once_asks_once(alice: User, clerk: Role, noon: datetime) -> None:
    give_role(alice, clerk, at=noon, valid_until=noon + 10 * DAY)
    expiry.warn(actor=SYSTEM, at=noon + 8 * DAY)
    secret = extensions.secret_for(Event.objects.get(kind="rbac.role_assignment.expiring").pk)

    answers = at_once(*[lambda: extensions.redeem(secret, actor=SYSTEM, at=noon + 8 * DAY)] * 6)

    assert kinds(answers) == ["LinkNotUsable"] * 5 + ["RoleRequest"]


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_verdicts_at_once_one_counts_and_the_other_leaves_nothing(
    alice: User, bob: User, root: User, clerk: Role, noon: datetime, attempt: int
) -> None:
    give(bob, "*:*", at=noon)
    given = give_role(alice, clerk, at=noon)
    item = ReviewItem.objects.get(review=review(role=clerk, at=noon))

    answers = at_once(
        lambda: verdicts.decide(item, "keep", actor=actor(root), at=noon),
        lambda: verdicts.decide(item, "remove", actor=actor(bob), at=noon),
    )

    assert kinds(answers) == ["AlreadyDecided", "ReviewItem"]
    item.refresh_from_db()
    assert RoleAssignment.objects.open().filter(pk=given.pk).exists() is (item.verdict == "keep")


@pytest.mark.parametrize("attempt", range(3))
def test_two_beats_close_a_review_once(alice: User, root: User, clerk: Role, noon: datetime, attempt: int) -> None:
    for number in range(5):
        give_role(alice, clerk, scope=f"/{number}", at=noon)
    begun = review(by=root, role=clerk, on_silence="remove", at=noon)

    answers = at_once(*[lambda: reviews.close_due(actor=SYSTEM, at=begun.due_at)] * 3)

    assert sum(answers) == facts("rbac.access_review.closed") == 1
    assert facts("rbac.access_review.decided") == facts("rbac.role_assignment.ended") == 5


@pytest.mark.parametrize("attempt", range(5))
def test_a_review_begins_while_one_of_whom_it_asks_is_erased(
    alice: User, root: User, clerk: Role, noon: datetime, attempt: int
) -> None:
    give_role(alice, clerk, at=noon)
    give_role(root, clerk, at=noon)

    answers = at_once(lambda: review(role=clerk, at=noon), lambda: lifecycle.erase(alice, actor=SYSTEM, at=noon))

    assert type(answers[0]).__name__ == "AccessReview", answers
    assert not isinstance(answers[1], Exception), answers
    assert ReviewItem.objects.count() == RoleAssignment.objects.filter(role=clerk).count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_an_extension_that_many_approve_at_once_follows_on_once(
    alice: User, deciders: list[User], clerk: Role, noon: datetime, attempt: int
) -> None:
    given = give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + DAY)
    asked = wish(alice, clerk, at=noon, extends=given)

    answers = at_once(*[lambda u=u: approvals.approve(asked, actor=actor(u), at=noon) for u in deciders])

    assert kinds(answers) == ["AlreadyDecided"] * 3 + ["RoleRequest"]
    assert RoleAssignment.objects.open().get(user=alice).valid_until == noon + 7 * DAY
    assert facts("rbac.role_assignment.ended") == 1


@pytest.mark.parametrize("attempt", range(5))
def test_who_is_erased_while_hers_is_approved_keeps_nothing(
    alice: User, deciders: list[User], clerk: Role, noon: datetime, attempt: int
) -> None:
    asked = wish(alice, clerk, at=noon)

    answers = at_once(
        lambda: approvals.approve(asked, actor=actor(deciders[0]), at=noon),
        lambda: lifecycle.erase(alice, actor=SYSTEM, at=noon),
    )

    assert kinds(answers) in (["NoneType", "NotFound"], ["NoneType", "RoleRequest"])
    assert not RoleAssignment.objects.filter(role=clerk).exists()


@pytest.mark.parametrize("attempt", range(3))
def test_two_beats_write_down_once_what_lapsed(alice: User, clerk: Role, noon: datetime, attempt: int) -> None:
    for number in range(5):
        wish(alice, clerk, at=noon, days=1, scope=f"/{number}")

    answers = at_once(*[lambda: requests.lapse(actor=SYSTEM, at=noon + DAY)] * 4)

    assert sum(answers) == facts("rbac.role_request.lapsed") == 5


@pytest.mark.parametrize("attempt", range(3))
def test_two_beats_remind_once(alice: User, clerk: Role, noon: datetime, attempt: int) -> None:
    give_role(alice, clerk, at=noon)
    begun = review(role=clerk, at=noon)

    answers = at_once(*[lambda: reviews.remind(actor=SYSTEM, at=begun.due_at - DAY)] * 4)

    assert sum(answers) == facts("rbac.access_review.reminded") == 1


@pytest.mark.parametrize("attempt", range(5))
def test_an_emergency_role_that_is_set_aside_no_more_is_not_taken_after_that(
    alice: User, noon: datetime, attempt: int
) -> None:
    give(alice, "role_request:break_glass", at=noon)
    role = emergency_role("server:restart")
    terms: dict[str, Any] = {"reason": "it burns", "signed_in_at": noon, "actor": actor(alice), "at": noon}

    answers = at_once(
        lambda: emergencies.break_glass(alice, role, scope="/", **terms),
        lambda: roles.update(role, changes={"emergency_minutes": None}, actor=SYSTEM, at=noon),
    )

    assert kinds(answers) in (["Role", "RoleRequest"], ["NotAnEmergencyRole", "Role"])
    assert RoleAssignment.objects.filter(role=role).exists() is isinstance(answers[0], RoleRequest)
