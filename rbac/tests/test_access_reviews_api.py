"""Access reviews over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from rbac.models import AccessReview, ReviewItem, Role, RoleAssignment
from rbac.tests.access import DAY, AsUser, decider, get, post, told
from rbac.tests.factories import give, give_role, role_of

pytestmark = pytest.mark.django_db
HERE = "access-reviews/"
NOBODY = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def given(alice: User, clerk: Role) -> RoleAssignment:
    return give_role(alice, clerk, scope="/acme")


@pytest.fixture
def chief(root: User, as_user: AsUser) -> APIClient:
    return as_user(root)


def body(**more: Any) -> dict[str, Any]:
    return {"title": "Autumn", "role": "clerk", "due_at": in_days(14), **more}


def in_days(days: int) -> str:
    return (timezone.now() + days * DAY).isoformat()


def begun(client: APIClient, **more: Any) -> str:
    answer = post(client, HERE, body(**more))
    assert answer.status_code == 201, answer.content
    return f"{HERE}{answer.json()['id']}/"


def decide_at(where: str) -> str:
    """The address of the verdict on its only item."""
    return f"{where}items/{ReviewItem.objects.get().pk}/decide/"


class TestBeginning:
    def test_answers_with_its_progress_and_tag(self, chief: APIClient, root: User, given: RoleAssignment) -> None:
        made = post(chief, HERE, body(scope="/acme", on_silence="remove"))

        said = made.json()
        assert (made.status_code, made["ETag"], said["on_silence"], said["created_by"]) == (
            201,
            '"1"',
            "remove",
            str(root.pk),
        )
        assert said["progress"] == {"items": 1, "kept": 0, "removed": 0, "undecided": 1}
        assert get(chief, f"{HERE}{said['id']}/").json() == said

    def test_again_with_the_same_key_begins_one(self, chief: APIClient, clerk: Role) -> None:
        said = body()
        for _ in range(2):
            assert post(chief, HERE, said, idempotency_key="k").status_code == 201

        assert AccessReview.objects.count() == 1

    @pytest.mark.parametrize(("scope", "status"), [("/acme", 201), ("/acme/eu", 201), ("/", 403), ("/acme2", 403)])
    def test_takes_the_permission_there(self, bob: User, clerk: Role, as_user: AsUser, scope: str, status: int) -> None:
        give(bob, "access_review:add", scope="/acme")

        assert post(as_user(bob), HERE, body(scope=scope)).status_code == status

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"title": ""}, "title", "blank"),
            ({"title": "a" * 151}, "title", "max_length"),
            ({"title": "\u202egnp"}, "title", "unclean"),
            ({"scope": "acme"}, "scope", "invalid_scope"),
            ({"role": "nobody"}, "role", "does_not_exist"),
            ({"role": []}, "role", "invalid"),
            ({"due_at": "2001-01-01T00:00:00Z"}, "due_at", "invalid_deadline"),
            ({"due_at": "9999-12-31T23:59:59Z"}, "due_at", "invalid_deadline"),
            ({"due_at": "soon"}, "due_at", "invalid"),
            ({"on_silence": "perhaps"}, "on_silence", "invalid_choice"),
            ({"closed_at": None}, "closed_at", "unknown_field"),
        ],
    )
    def test_with_nonsense_is_refused(
        self, chief: APIClient, clerk: Role, change: dict[str, Any], field: str, code: str
    ) -> None:
        answer = post(chief, HERE, body(**change))

        assert answer.status_code == 400
        assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]
        assert not AccessReview.objects.exists()


class TestSeeing:
    def test_is_for_those_who_may_there_and_for_who_is_asked(
        self, chief: APIClient, bob: User, given: RoleAssignment, as_user: AsUser
    ) -> None:
        where = begun(chief, scope="/acme")
        assert get(as_user(bob), where).status_code == get(as_user(bob), f"{where}items/").status_code == 404
        assert get(as_user(bob), HERE).json()["results"] == []

        ReviewItem.objects.update(reviewer=bob)

        assert get(as_user(bob), where).status_code == 200
        assert len(get(as_user(bob), f"{where}items/").json()["results"]) == 1

    def test_is_bounded_by_place(self, chief: APIClient, bob: User, clerk: Role, as_user: AsUser) -> None:
        give(bob, "access_review:view", scope="/acme")
        near, far = begun(chief, scope="/acme/eu"), begun(chief, scope="/acme2")

        assert [get(as_user(bob), one).status_code for one in (near, far)] == [200, 404]
        assert [row["scope"] for row in get(as_user(bob), HERE).json()["results"]] == ["/acme/eu"]

    def test_a_reviewer_sees_only_what_she_is_asked(
        self, chief: APIClient, alice: User, bob: User, given: RoleAssignment, clerk: Role, as_user: AsUser
    ) -> None:
        give_role(alice, clerk, scope="/other")
        where = begun(chief)
        ReviewItem.objects.filter(assignment=given).update(reviewer=bob)

        (row,) = get(as_user(bob), f"{where}items/").json()["results"]

        assert (row["assignment"]["id"], row["reviewer"], row["verdict"]) == (str(given.pk), str(bob.pk), None)
        assert len(get(chief, f"{where}items/").json()["results"]) == 2

    def test_lists_are_narrowed(self, chief: APIClient, root: User, given: RoleAssignment) -> None:
        where = begun(chief, scope="/acme")
        for query in ({"open": "true"}, {"role": "clerk"}, {"scope": "/acme"}, {"within": "/"}):
            assert len(get(chief, HERE, **query).json()["results"]) == 1, query
        for query in ({"open": "false"}, {"role": "x"}, {"scope": "/"}, {"within": "/acme/eu"}):
            assert not get(chief, HERE, **query).json()["results"], query
        for query in ({"mine": "true"}, {"reviewer": str(root.pk)}, {"decided": "false"}):
            assert len(get(chief, f"{where}items/", **query).json()["results"]) == 1, query
        for query in ({"mine": "false"}, {"reviewer": NOBODY}, {"decided": "true"}, {"verdict": "keep"}):
            assert not get(chief, f"{where}items/", **query).json()["results"], query

    def test_an_unknown_role_has_no_review(self, chief: APIClient, given: RoleAssignment) -> None:
        of_all_roles = {key: value for key, value in body().items() if key != "role"}
        assert post(chief, HERE, of_all_roles).json()["role"] is None

        assert not get(chief, HERE, role="no-such-role").json()["results"]

    @pytest.mark.parametrize("query", [{"open": "x"}, {"within": "x"}, {"state": "open"}])
    def test_a_query_that_is_not_known_is_refused(self, chief: APIClient, query: dict[str, str]) -> None:
        assert get(chief, HERE, **query).status_code == 400

    def test_costs_the_same_for_many(
        self, chief: APIClient, alice: User, clerk: Role, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            give_role(alice, clerk, scope=f"/{number}")
        wheres = [begun(chief) for _ in range(3)]

        for path, most in ((HERE, 6), (f"{wheres[0]}items/", 8)):
            with django_assert_max_num_queries(most):
                assert get(chief, path).status_code == 200


class TestDeciding:
    def test_removes_and_counts(self, chief: APIClient, given: RoleAssignment, root: User) -> None:
        where = begun(chief)

        answer = post(chief, decide_at(where), {"verdict": "remove", "note": "left"})

        said = answer.json()
        assert (answer.status_code, said["verdict"], said["decided_by"], said["note"]) == (
            200,
            "remove",
            str(root.pk),
            "left",
        )
        assert said["assignment"]["active"] is False
        assert get(chief, where).json()["progress"] == {"items": 1, "kept": 0, "removed": 1, "undecided": 0}

    def test_comes_once_and_in_time(self, chief: APIClient, given: RoleAssignment) -> None:
        where = begun(chief)
        assert post(chief, decide_at(where), {"verdict": "keep"}).status_code == 200
        assert told(post(chief, decide_at(where), {"verdict": "remove"})) == (409, "already_decided")

        ReviewItem.objects.update(verdict="", decided_at=None)
        AccessReview.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        assert told(post(chief, decide_at(where), {"verdict": "keep"})) == (409, "review_closed")

    def test_about_ones_own_is_refused(self, chief: APIClient, root: User, clerk: Role) -> None:
        give_role(root, clerk)

        assert told(post(chief, decide_at(begun(chief)), {"verdict": "keep"})) == (403, "own_assignment")

    def test_by_who_only_looks_is_refused(
        self, chief: APIClient, bob: User, given: RoleAssignment, as_user: AsUser
    ) -> None:
        give(bob, "access_review:view")

        answer = post(as_user(bob), decide_at(begun(chief)), {"verdict": "remove"})

        assert told(answer) == (403, "not_yours_to_review")
        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()

    def test_beyond_ones_own_powers_names_what_is_missing(
        self, chief: APIClient, bob: User, given: RoleAssignment, as_user: AsUser
    ) -> None:
        decider(bob, at=timezone.now())

        answer = post(as_user(bob), decide_at(begun(chief)), {"verdict": "remove"})

        assert (told(answer), answer.json()["missing"]) == ((403, "privilege_escalation"), ["invoice:approve"])

    def test_of_what_one_cannot_see_is_not_there(
        self, chief: APIClient, bob: User, given: RoleAssignment, as_user: AsUser
    ) -> None:
        where = begun(chief)
        for path, client in (
            (decide_at(where), as_user(bob)),
            (f"{where}items/{NOBODY}/decide/", chief),
            (decide_at(f"{HERE}{NOBODY}/"), chief),
        ):
            assert told(post(client, path, {"verdict": "keep"})) == (404, "not_found")

    @pytest.mark.parametrize(
        "junk", [{}, {"verdict": ""}, {"verdict": "maybe"}, {"verdict": "keep", "note": "a" * 501}, {"verdict": 1}, []]
    )
    def test_nonsense_decides_nothing(self, chief: APIClient, given: RoleAssignment, junk: Any) -> None:
        assert post(chief, decide_at(begun(chief)), junk).status_code == 400
        assert not ReviewItem.objects.get().verdict

    def test_takes_a_person_who_has_signed_in(
        self, chief: APIClient, root: User, given: RoleAssignment, as_user: AsUser
    ) -> None:
        where = begun(chief)
        root.bounds = frozenset({"*:*"})

        assert get(as_user(root), where).status_code == 200
        assert told(post(as_user(root), decide_at(where), {"verdict": "keep"})) == (403, "session_required")
