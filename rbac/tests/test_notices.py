"""Who is mailed about requests, ends, emergencies and reviews, and what those mails never hold."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.post import Post
from common.actors import SYSTEM
from events.models import Event
from rbac.models import Group, GroupMembership, Role, RoleAssignment, RoleRequest
from rbac.notices import expiry as expiry_notices
from rbac.notices import requests as request_notices
from rbac.notices import sending
from rbac.services import approvals, emergencies, expiry, requests, reviews
from rbac.tests.access import DAY, decider, emergency_role, review, told, wish
from rbac.tests.access import post as post_json
from rbac.tests.factories import actor, give, give_role, role_of

TEMPLATES = [
    "role_requested",
    "request_approved",
    "request_denied",
    "request_lapsed",
    "glass_broken",
    "role_expiring",
    "given_role_expiring",
    "review_opened",
    "review_due",
]


@pytest.fixture
def post(db: None, noon: datetime) -> Iterator[Post]:
    """What has been mailed, once all that is owed at noon is delivered."""
    with time_machine.travel(noon, tick=False):
        yield Post(noon)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def carol(person: Callable[..., User], noon: datetime, clerk: Role) -> User:
    """Staff who decide at /acme."""
    return decider(person("carol", is_staff=True), "invoice:approve", at=noon)


def readers(post: Post) -> list[str]:
    return sorted(reader for sent in post.all() for reader in sent.recipients())


def words(post: Post) -> str:
    return "\n".join(str(sent.message()) + str(sent.body) for sent in post.all())


class TestARequest:
    def test_is_mailed_to_staff_who_may_decide_there(
        self, alice: User, bob: User, carol: User, root: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        decider(bob, at=noon)
        asked = wish(alice, clerk, at=noon, reason="Click https://evil.example")

        assert readers(post) == ["carol@example.org", "root@example.org"]
        text = str(post.last().body)
        assert f"http://127.0.0.1:8000/admin/rbac/rolerequest/{asked.pk}/change/" in text
        assert [word for word in ("alice@example.org", "clerk", "/acme") if word not in text] == []
        assert "evil" not in words(post)

    def test_is_not_mailed_to_her_who_asks(self, carol: User, clerk: Role, noon: datetime, post: Post) -> None:
        wish(carol, role_of("other"), at=noon)

        assert not post.all()

    def test_is_mailed_to_few(
        self, alice: User, carol: User, root: User, clerk: Role, noon: datetime, post: Post, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(request_notices, "MOST_MAILED", 1)
        wish(alice, clerk, at=noon)

        assert len(post.all()) == 1

    def test_that_is_decided_already_is_not_mailed(
        self, alice: User, carol: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        requests.withdraw(wish(alice, clerk, at=noon), actor=actor(alice), at=noon)

        assert not post.all()

    @pytest.mark.parametrize(
        ("decide", "subject"),
        [
            (approvals.approve, "You have the role that you asked for"),
            (approvals.deny, "You do not get the role that you asked for"),
        ],
    )
    def test_that_was_decided_is_told_to_her_without_the_note(
        self, alice: User, root: User, clerk: Role, noon: datetime, post: Post, decide: Any, subject: str
    ) -> None:
        decide(wish(alice, clerk, at=noon), note="Click https://evil.example", actor=actor(root), at=noon)

        assert (post.subjects(), readers(post)) == ([subject], ["alice@example.org"])
        assert "evil" not in words(post)

    def test_that_lapsed_is_told_to_her(self, alice: User, clerk: Role, noon: datetime, post: Post) -> None:
        wish(alice, clerk, at=noon - 2 * DAY, days=1)
        requests.lapse(actor=SYSTEM, at=noon)

        assert post.subjects() == ["Nobody has answered your request in time"]

    def test_of_whoever_is_shut_out_is_not_mailed(
        self, alice: User, carol: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        approvals.deny(wish(alice, clerk, at=noon), actor=actor(carol), at=noon)
        User.objects.update(is_active=False)

        assert not post.all()


class TestABrokenGlass:
    def take(self, user: User, noon: datetime) -> RoleRequest:
        give(user, "role_request:break_glass", at=noon)
        role = emergency_role("server:restart")
        terms: dict[str, Any] = {"signed_in_at": noon, "actor": actor(user), "at": noon}
        taken = emergencies.break_glass(user, role, scope="/acme", reason="https://evil.example", **terms)
        assert isinstance(taken, RoleRequest)
        return taken

    def test_is_mailed_to_all_administrators(
        self, alice: User, bob: User, carol: User, root: User, noon: datetime, post: Post
    ) -> None:
        give(bob, "*:*", at=noon)
        taken = self.take(alice, noon)

        assert readers(post) == ["bob@example.org", "root@example.org"]
        assert f"/admin/rbac/rolerequest/{taken.pk}/change/" in str(post.last().body)
        assert "alice@example.org" in str(post.last().body)
        assert "evil" not in words(post)

    def test_is_mailed_to_those_who_rule_through_a_group(
        self, alice: User, bob: User, noon: datetime, post: Post
    ) -> None:
        chiefs = Group.objects.create(name="chiefs", created_at=noon, updated_at=noon)
        give(chiefs, "*:*", at=noon)  # type: ignore[arg-type]  # the factory's words are older than groups
        GroupMembership.objects.create(group=chiefs, user=bob, created_at=noon)
        self.take(alice, noon)

        assert readers(post) == ["bob@example.org"]


class TestAnEnd:
    def warned(self, user: User, role: Role, noon: datetime) -> RoleAssignment:
        given = give_role(user, role, scope="/acme", at=noon - 9 * DAY, valid_until=noon + DAY)
        expiry.warn(actor=SYSTEM, at=noon)
        return given

    def test_is_mailed_to_her_with_a_link_that_asks_for_more(
        self, alice: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        given = self.warned(alice, clerk, noon)

        assert post.subjects() == ["A role of yours is about to end"]
        assert "http://127.0.0.1:8000/access/extend#token=idl_" in str(post.last().body)
        answer = post_json(APIClient(), "role-requests/extend/", {"token": post.token()})
        assert answer.status_code == 204
        assert RoleRequest.objects.get().extends == given

    def test_that_was_mailed_twice_holds_one_link(self, alice: User, clerk: Role, noon: datetime, post: Post) -> None:
        self.warned(alice, clerk, noon)
        first, event = post.last(), Event.objects.get(kind="rbac.role_assignment.expiring")

        expiry_notices.mail_of_the_end(event)
        assert first is not post.last()
        assert (first.body, first.extra_headers) == (post.last().body, post.last().extra_headers)

    def test_of_what_was_ended_meanwhile_is_not_mailed(
        self, alice: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        given = self.warned(alice, clerk, noon)
        RoleAssignment.objects.filter(pk=given.pk).update(ended_at=noon)

        assert not post.all()

    def test_of_a_groups_role_is_mailed_to_whoever_gave_it(
        self, root: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        clerks = Group.objects.create(name="clerks", created_at=noon, updated_at=noon)
        given = give_role(clerks, clerk, at=noon - 9 * DAY, valid_until=noon + DAY)
        RoleAssignment.objects.filter(pk=given.pk).update(assigned_by=root.pk)
        expiry.warn(actor=SYSTEM, at=noon)

        assert readers(post) == ["root@example.org"]
        assert f"/admin/rbac/roleassignment/{given.pk}/change/" in str(post.last().body)


class TestTheLink:
    def test_is_refused_in_one_way_whatever_is_wrong(self, db: None) -> None:
        for token in ("idl_" + "0" * 64, "x", "idl_\u00e9"):
            assert told(post_json(APIClient(), "role-requests/extend/", {"token": token})) == (400, "link_not_usable")

    @pytest.mark.parametrize(
        "junk", [{}, {"token": None}, {"token": 7}, {"token": "a" * 201}, {"token": "x", "a": 1}, []]
    )
    def test_takes_a_token_and_nothing_else(self, db: None, junk: Any) -> None:
        assert post_json(APIClient(), "role-requests/extend/", junk).status_code == 400

    def test_leads_to_a_page_that_holds_nothing_and_changes_nothing(self, client: Client, db: None) -> None:
        shown = client.get("/access/extend")

        assert (shown.status_code, shown["Referrer-Policy"]) == (200, "no-referrer")
        assert "no-store" in shown["Cache-Control"]
        assert 'data-action="/api/v1/role-requests/extend/"' in shown.content.decode()
        assert client.post("/access/extend", {"token": "x"}).status_code == 405


class TestAReview:
    def test_is_mailed_to_each_who_is_asked_and_once_more(
        self, alice: User, bob: User, root: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        for holder, scope in ((alice, "/a"), (alice, "/b"), (root, "/c")):
            given = give_role(holder, clerk, scope=scope, at=noon)
            RoleAssignment.objects.filter(pk=given.pk).update(assigned_by=bob.pk)
        begun = review(by=root, role=clerk, at=noon)
        assert (post.subjects(), readers(post)) == (["Please look at who has which role"], ["bob@example.org"])
        assert "/admin/" not in str(post.last().body)

        reviews.remind(actor=SYSTEM, at=begun.due_at - DAY)
        assert post.subjects()[1:] == ["Roles still wait for your decision"]

    def test_shows_staff_where_to_decide(
        self, alice: User, root: User, clerk: Role, noon: datetime, post: Post
    ) -> None:
        give_role(alice, clerk, at=noon)
        begun = review(by=root, role=clerk, at=noon)

        assert f"/admin/rbac/reviewitem/?review__id__exact={begun.pk}" in str(post.last().body)


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_mail_has_one_line_of_subject_and_some_words(
    alice: User, noon: datetime, post: Post, template: str, locale: str
) -> None:
    alice.locale = locale
    details = {"role": "clerk", "scope": "/acme", "who": "bob@example.org"}
    event = Event(kind="x", occurred_at=noon)
    sending.send(event, alice, template, link="https://id.example/x", expires=noon, details=details)

    sent: Any = post.last()
    assert "\n" not in sent.subject
    assert "{" not in sent.body
    assert sent.subject not in ("", sent.body)
