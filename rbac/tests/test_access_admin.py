"""Staff's pages of requests and reviews: what they do goes through the services, and forged posts do nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rbac.models import AccessReview, ReviewItem, Role, RoleAssignment, RoleRequest
from rbac.tests.access import DAY, review, wish
from rbac.tests.factories import give, give_role, role_of

pytestmark = pytest.mark.django_db
MODELS = ["rolerequest", "accessreview", "reviewitem"]


@pytest.fixture
def chief(client: Client, root: User) -> Client:
    client.force_login(root, backend="accounts.backends.PasswordBackend")
    return client


@pytest.fixture
def limited(client: Client, person: Callable[..., User]) -> Callable[..., Client]:
    """Staff who hold only what is named, and only at /acme."""

    def signed_in(*patterns: str) -> Client:
        user = person("limited", is_staff=True)
        if patterns:
            give(user, *patterns, scope="/acme")
        client.force_login(user, backend="accounts.backends.PasswordBackend")
        return client

    return signed_in


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def asked(alice: User, clerk: Role) -> RoleRequest:
    return wish(alice, clerk, at=timezone.now(), reason="for the audit")


@pytest.fixture
def item(alice: User, clerk: Role) -> ReviewItem:
    give_role(alice, clerk, scope="/acme")
    return ReviewItem.objects.get(review=review(role=clerk, at=timezone.now()))


def page(model: str, view: str = "changelist", *args: object) -> str:
    return reverse(f"admin:rbac_{model}_{view}", args=args)


def act(client: Client, model: str, action: str, *rows: Any, **more: str) -> Any:
    chosen = [str(row.pk) for row in rows]
    return client.post(page(model), {"action": action, "_selected_action": chosen, **more}, follow=True)


def decide(client: Client, model: str, action: str, *rows: Any, note: str = "") -> Any:
    return act(client, model, action, *rows, apply="yes", note=note)


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_open_for_those_who_may(
    chief: Client, asked: RoleRequest, item: ReviewItem, model: str
) -> None:
    row = {"rolerequest": asked, "accessreview": item.review, "reviewitem": item}[model]

    assert chief.get(page(model)).status_code == 200
    assert chief.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_pages_are_closed_to_the_others(
    limited: Callable[..., Client], asked: RoleRequest, item: ReviewItem, model: str
) -> None:
    row = {"rolerequest": asked, "accessreview": item.review, "reviewitem": item}[model]
    client = limited("user:view")

    assert client.get(page(model)).status_code == 403
    assert client.get(page(model, "change", row.pk), follow=True).status_code in {403, 404}


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_edited_or_deleted_by_hand(chief: Client, asked: RoleRequest, item: ReviewItem, model: str) -> None:
    row: Any = {"rolerequest": asked, "accessreview": item.review, "reviewitem": item}[model]
    before = type(row).objects.values().get(pk=row.pk)

    chief.post(page(model, "change", row.pk), {"state": "approved", "verdict": "keep", "title": "x"})
    assert chief.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert type(row).objects.values().get(pk=row.pk) == before


class TestRequests:
    def test_are_approved_with_a_note_that_is_asked_for_first(
        self, chief: Client, asked: RoleRequest, root: User
    ) -> None:
        first = act(chief, "rolerequest", "approve", asked)
        assert 'name="note"' in first.content.decode()
        assert RoleRequest.objects.get().state == "pending"

        done = decide(chief, "rolerequest", "approve", asked, note="fine")

        assert "1 of 1 requests approved" in done.content.decode()
        asked.refresh_from_db()
        assert (asked.state, asked.note, asked.decided_by) == ("approved", "fine", root.pk)
        assert RoleAssignment.objects.get(user=asked.requester).assigned_by == root.pk

    def test_are_denied(self, chief: Client, asked: RoleRequest) -> None:
        decide(chief, "rolerequest", "deny", asked)

        assert RoleRequest.objects.get().state == "denied"

    @pytest.mark.parametrize("note", ["a" * 501, "\u202egnp"])
    def test_are_not_decided_with_a_note_that_cannot_be_taken(
        self, chief: Client, asked: RoleRequest, note: str
    ) -> None:
        answer = decide(chief, "rolerequest", "approve", asked, note=note)

        assert 'name="note"' in answer.content.decode()
        assert RoleRequest.objects.get().state == "pending"

    def test_show_why_and_whether_there_is_anything_to_decide(self, chief: Client, asked: RoleRequest) -> None:
        where = page("rolerequest", "change", asked.pk)
        open_page = chief.get(where).content.decode()
        assert "for the audit" in open_page
        assert 'value="approve"' in open_page

        decide(chief, "rolerequest", "deny", asked)

        assert 'value="approve"' not in chief.get(where).content.decode()

    def test_tell_the_state_by_the_clock(self, chief: Client, asked: RoleRequest) -> None:
        RoleRequest.objects.update(until=timezone.now())

        assert "Lapsed" in chief.get(page("rolerequest")).content.decode()

    def test_elsewhere_are_not_there_for_who_decides_here(
        self, limited: Callable[..., Client], alice: User, asked: RoleRequest
    ) -> None:
        far = wish(alice, asked.role, at=timezone.now(), scope="/other")
        client = limited("role_assignment:add", "invoice:*")

        shown = client.get(page("rolerequest")).content.decode()
        assert (str(asked.pk) in shown, str(far.pk) in shown) == (True, False)

        decide(client, "rolerequest", "approve", far)
        decide(client, "rolerequest", "approve", asked)
        assert sorted(RoleRequest.objects.values_list("scope", "state")) == [
            ("/acme", "approved"),
            ("/other", "pending"),
        ]

    def test_are_looked_at_and_not_decided_by_who_only_looks(
        self, limited: Callable[..., Client], asked: RoleRequest
    ) -> None:
        client = limited("role_request:view")
        assert client.get(page("rolerequest")).status_code == 200

        decide(client, "rolerequest", "approve", asked)

        assert RoleRequest.objects.get().state == "pending"

    def test_beyond_ones_powers_are_refused_with_the_reason(
        self, limited: Callable[..., Client], asked: RoleRequest
    ) -> None:
        answer = decide(limited("role_assignment:add"), "rolerequest", "approve", asked)

        assert "You do not hold invoice:approve" in answer.content.decode()
        assert RoleRequest.objects.get().state == "pending"

    def test_of_ones_own_are_refused(self, chief: Client, root: User, clerk: Role) -> None:
        answer = decide(chief, "rolerequest", "approve", wish(root, clerk, at=timezone.now()))

        assert "Somebody else has to decide" in answer.content.decode()


class TestReviews:
    def form(self, **more: str) -> dict[str, str]:
        due = timezone.now() + 14 * DAY
        when = {"due_at_0": due.date().isoformat(), "due_at_1": "12:00:00"}
        return {"title": "Autumn", "scope": "/acme", "role": "", "on_silence": "keep", **when, **more}

    def test_are_begun_on_a_form(self, chief: Client, alice: User, clerk: Role, root: User) -> None:
        give_role(alice, clerk, scope="/acme")

        chief.post(page("accessreview", "add"), self.form())

        begun = AccessReview.objects.get()
        assert (begun.title, begun.created_by, begun.items.count()) == ("Autumn", root.pk, 1)
        assert "1 undecided" in chief.get(page("accessreview", "change", begun.pk)).content.decode()

    @pytest.mark.parametrize(
        "change", [{"due_at_0": "2001-01-01"}, {"scope": "acme"}, {"on_silence": "x"}, {"title": ""}]
    )
    def test_with_nonsense_are_told_in_the_form(self, chief: Client, clerk: Role, change: dict[str, str]) -> None:
        answer = chief.post(page("accessreview", "add"), self.form(**change))

        assert answer.context["errors"]
        assert not AccessReview.objects.exists()

    def test_are_not_begun_where_one_may_not(self, limited: Callable[..., Client], clerk: Role) -> None:
        client = limited("access_review:*")
        client.post(page("accessreview", "add"), self.form(scope="/other"))
        assert not AccessReview.objects.exists()

        client.post(page("accessreview", "add"), self.form())

        assert AccessReview.objects.get().scope == "/acme"


class TestItems:
    def test_are_decided_in_bulk(self, chief: Client, alice: User, bob: User, clerk: Role) -> None:
        for holder in (alice, bob):
            give_role(holder, clerk)
        items = ReviewItem.objects.filter(review=review(role=clerk, at=timezone.now()))

        answer = decide(chief, "reviewitem", "remove", *items, note="left")

        assert "2 of 2 assignments have been ended" in answer.content.decode()
        assert set(items.values_list("verdict", "note")) == {("remove", "left")}
        assert not RoleAssignment.objects.open().filter(role=clerk).exists()

    def test_are_kept(self, chief: Client, item: ReviewItem) -> None:
        decide(chief, "reviewitem", "keep", item)

        assert ReviewItem.objects.get().verdict == "keep"

    def test_are_shown_to_their_reviewer_alone(self, limited: Callable[..., Client], item: ReviewItem) -> None:
        client = limited()
        assert client.get(page("reviewitem")).status_code == 403
        ReviewItem.objects.update(reviewer=User.objects.get(email_canonical="limited@example.org"))

        shown = client.get(f"{page('reviewitem')}?review__id__exact={item.review_id}")

        assert (shown.status_code, "alice@example.org" in shown.content.decode()) == (200, True)

    def test_name_their_holder_only_where_one_may_know_of_him(
        self, limited: Callable[..., Client], item: ReviewItem
    ) -> None:
        shown = limited("role_assignment:delete").get(page("reviewitem")).content.decode()

        assert (str(item.assignment.user_id) in shown, "alice@example.org" in shown) == (True, False)

    def test_that_others_are_asked_about_are_not_decided(
        self, limited: Callable[..., Client], item: ReviewItem
    ) -> None:
        decide(limited("access_review:view"), "reviewitem", "remove", item)

        assert not ReviewItem.objects.get().verdict
