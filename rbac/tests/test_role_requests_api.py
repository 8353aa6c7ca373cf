"""Roles asked for over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from events.models import Event
from rbac.models import Role, RoleAssignment, RoleRequest
from rbac.tests.access import DAY, AsUser, decider, get, post, told
from rbac.tests.factories import give, give_role, role_of

pytestmark = pytest.mark.django_db
HERE = "role-requests/"
NOBODY = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def hers(alice: User, as_user: AsUser) -> APIClient:
    return as_user(alice)


@pytest.fixture
def his(bob: User, clerk: Role, as_user: AsUser) -> APIClient:
    """Bob decides at /acme."""
    return as_user(decider(bob, "invoice:approve", at=timezone.now()))


def body(**more: Any) -> dict[str, Any]:
    return {"role": "clerk", "scope": "/acme", "until": in_days(7), "reason": "for the audit", **more}


def in_days(days: int) -> str:
    return (timezone.now() + days * DAY).isoformat()


def asked(client: APIClient, **more: Any) -> str:
    answer = post(client, HERE, body(**more))
    assert answer.status_code == 201, answer.content
    return f"{HERE}{answer.json()['id']}/"


def ids(answer: Any) -> list[str]:
    return [f"{HERE}{row['id']}/" for row in answer.json()["results"]]


class TestAsking:
    def test_answers_with_what_waits_and_its_tag(self, hers: APIClient, alice: User, clerk: Role) -> None:
        made = post(hers, HERE, body())

        said = made.json()
        assert (made.status_code, made["ETag"], said["state"], said["requester"]) == (
            201,
            '"1"',
            "pending",
            str(alice.pk),
        )
        assert (said["role"], said["scope"], said["assignment"], said["decided_by"]) == ("clerk", "/acme", None, None)
        assert get(hers, f"{HERE}{said['id']}/").json() == said

    def test_again_with_the_same_key_asks_once(self, hers: APIClient, clerk: Role) -> None:
        said = body()
        answers = [post(hers, HERE, said, idempotency_key="k") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert RoleRequest.objects.count() == 1

    def test_twice_is_a_conflict(self, hers: APIClient, clerk: Role) -> None:
        asked(hers)

        assert told(post(hers, HERE, body())) == (409, "already_requested")

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"role": "nobody"}, "role", "does_not_exist"),
            ({"role": 7}, "role", "invalid"),
            ({"role": "a\u202e"}, "role", "unclean"),
            ({"scope": "/Acme"}, "scope", "invalid_scope"),
            ({"scope": "/" + "a" * 500}, "scope", "max_length"),
            ({"until": "yesterday"}, "until", "invalid"),
            ({"until": "2001-01-01T00:00:00Z"}, "until", "invalid_period"),
            ({"until": None}, "until", "null"),
            ({"reason": ""}, "reason", "blank"),
            ({"reason": "a" * 501}, "reason", "max_length"),
            ({"reason": "\u202egnp.exe"}, "reason", "unclean"),
            ({"requester": NOBODY}, "requester", "unknown_field"),
            ({"state": "approved"}, "state", "unknown_field"),
            ({"extends": NOBODY}, "role", "invalid"),
            ({"extends": "x"}, "extends", "invalid"),
        ],
    )
    def test_with_nonsense_is_refused(
        self, hers: APIClient, clerk: Role, change: dict[str, Any], field: str, code: str
    ) -> None:
        answer = post(hers, HERE, body(**change))

        assert answer.status_code == 400
        assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]
        assert not RoleRequest.objects.exists()

    @pytest.mark.parametrize("junk", [[], "clerk", 7, {"until": 1}, {"role": ["clerk"]}])
    def test_with_another_shape_is_refused(self, hers: APIClient, junk: Any) -> None:
        assert post(hers, HERE, junk).status_code == 400

    @pytest.mark.parametrize("missing", ["role", "until", "reason"])
    def test_without_what_is_needed_is_refused(self, hers: APIClient, clerk: Role, missing: str) -> None:
        said = body()
        del said[missing]

        answer = post(hers, HERE, said)

        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(missing, "required")]

    def test_takes_a_person_who_has_signed_in(self, alice: User, clerk: Role, as_user: AsUser) -> None:
        alice.bounds = frozenset({"*:*"})
        machine: Any = service_accounts.create("billing", actor=SYSTEM, at=timezone.now())

        for whom in (alice, machine):
            assert told(post(as_user(whom), HERE, body())) == (403, "session_required")
        assert isinstance(machine, ServiceAccount)


class TestDeciding:
    def test_approving_gives_the_role(self, hers: APIClient, his: APIClient, alice: User, bob: User) -> None:
        where = asked(hers)

        answer = post(his, f"{where}approve/", {"note": "fine"})

        said = answer.json()
        assert (answer.status_code, said["state"], said["decided_by"], said["note"]) == (
            200,
            "approved",
            str(bob.pk),
            "fine",
        )
        assert str(RoleAssignment.objects.get(user=alice).pk) == said["assignment"]
        assert get(hers, where)["ETag"] == '"2"'

    def test_denying_tells_the_note(self, hers: APIClient, his: APIClient, alice: User) -> None:
        where = asked(hers)

        assert post(his, f"{where}deny/", {"note": "not now"}).json()["state"] == "denied"

        assert get(hers, where).json()["note"] == "not now"
        assert not RoleAssignment.objects.filter(user=alice).exists()

    def test_a_second_decision_is_a_conflict(self, hers: APIClient, his: APIClient, clerk: Role) -> None:
        where = asked(hers)
        post(his, f"{where}deny/")

        for action in ("approve/", "deny/"):
            assert told(post(his, where + action)) == (409, "already_decided")

    def test_nobody_decides_her_own(self, his: APIClient, clerk: Role, bob: User) -> None:
        where = asked(his, scope="/acme/eu")

        for action in ("approve/", "deny/"):
            assert told(post(his, where + action)) == (403, "own_request")

    def test_a_refused_approval_names_what_is_missing(self, hers: APIClient, his: APIClient) -> None:
        role_of("wider", "invoice:*")
        where = asked(hers, role="wider")

        answer = post(his, f"{where}approve/")

        assert told(answer) == (403, "privilege_escalation")
        assert answer.json()["missing"] == ["invoice:*"]
        assert Event.objects.filter(kind="rbac.role_assignment.refused").exists()
        assert get(hers, where).json()["state"] == "pending"

    def test_what_he_may_not_decide_is_not_there(self, hers: APIClient, his: APIClient, clerk: Role) -> None:
        where = asked(hers, scope="/acme2")

        for path in (f"{where}approve/", f"{where}deny/", f"{where}withdraw/"):
            assert told(post(his, path)) == (404, "not_found")
        assert get(his, where).status_code == 404

    def test_a_key_looks_and_does_not_decide(self, hers: APIClient, bob: User, his: APIClient, as_user: AsUser) -> None:
        where = asked(hers)
        bob.bounds = frozenset({"*:*"})

        assert get(as_user(bob), where).status_code == 200
        assert told(post(as_user(bob), f"{where}approve/")) == (403, "session_required")

    def test_a_key_of_narrow_scope_does_not_even_look(
        self, hers: APIClient, bob: User, his: APIClient, as_user: AsUser
    ) -> None:
        where = asked(hers)
        bob.bounds = frozenset({"invoice:*"})

        assert get(as_user(bob), where).status_code == 404

    def test_an_approval_is_never_later_than_asked(self, hers: APIClient, his: APIClient, clerk: Role) -> None:
        where = asked(hers)

        assert told(post(his, f"{where}approve/", {"until": in_days(8)})) == (400, "later_than_asked")
        assert post(his, f"{where}approve/", {"until": in_days(6)}).status_code == 200

    @pytest.mark.parametrize("junk", [{"until": "x"}, {"note": "a" * 501}, {"state": "approved"}, {"note": 7}, []])
    def test_nonsense_decides_nothing(self, hers: APIClient, his: APIClient, clerk: Role, junk: Any) -> None:
        where = asked(hers)

        assert post(his, f"{where}approve/", junk).status_code == 400
        assert get(hers, where).json()["state"] == "pending"

    def test_the_account_shut_meanwhile_is_told(
        self, hers: APIClient, his: APIClient, alice: User, clerk: Role
    ) -> None:
        where = asked(hers)
        User.objects.filter(pk=alice.pk).update(is_active=False)

        assert told(post(his, f"{where}approve/")) == (409, "requester_inactive")

    def test_what_she_got_by_hand_is_told(self, hers: APIClient, his: APIClient, alice: User, clerk: Role) -> None:
        where = asked(hers)
        give_role(alice, clerk, scope="/acme")

        assert told(post(his, f"{where}approve/")) == (409, "already_assigned")

    def test_she_withdraws(self, hers: APIClient, his: APIClient, clerk: Role) -> None:
        where = asked(hers)
        assert told(post(his, f"{where}withdraw/")) == (403, "not_your_request")
        assert post(hers, f"{where}withdraw/", {"note": "x"}).status_code == 400

        assert post(hers, f"{where}withdraw/").json()["state"] == "withdrawn"
        assert told(post(hers, f"{where}withdraw/")) == (409, "already_decided")


class TestLists:
    def test_each_sees_hers_and_what_he_may_decide(self, hers: APIClient, his: APIClient, clerk: Role) -> None:
        near, far, of_his = asked(hers, scope="/acme/eu"), asked(hers, scope="/other"), asked(his, scope="/other")

        assert ids(get(hers, HERE)) == [far, near]
        assert ids(get(his, HERE)) == [of_his, near]
        assert ids(get(his, HERE, mine="true")) == [of_his]
        assert ids(get(his, HERE, mine="false")) == [near]

    def test_who_decides_everywhere_sees_all(self, hers: APIClient, root: User, as_user: AsUser, clerk: Role) -> None:
        both = [asked(hers, scope=scope) for scope in ("/a", "/b")]

        assert ids(get(as_user(root), HERE)) == both[::-1]

    def test_are_narrowed(self, hers: APIClient, his: APIClient, clerk: Role, alice: User, bob: User) -> None:
        near, done = asked(hers), asked(hers, scope="/acme/eu")
        post(his, f"{done}deny/")

        assert ids(get(hers, HERE, state="pending")) == ids(get(hers, HERE, scope="/acme")) == [near]
        assert ids(get(hers, HERE, state="denied")) == ids(get(hers, HERE, within="/acme/eu")) == [done]
        assert ids(get(hers, HERE, role="clerk", requester=str(alice.pk))) == [done, near]
        assert not ids(get(hers, HERE, role="other")) + ids(get(hers, HERE, requester=str(bob.pk)))

    def test_tell_the_state_by_the_clock(self, hers: APIClient, clerk: Role) -> None:
        asked(hers)
        RoleRequest.objects.update(until=timezone.now() - timedelta(seconds=1))

        assert get(hers, HERE, state="lapsed").json()["results"][0]["state"] == "lapsed"
        assert not ids(get(hers, HERE, state="pending"))

    @pytest.mark.parametrize(
        "query", [{"state": "x"}, {"mine": "x"}, {"requester": "x"}, {"within": "x"}, {"who": "x"}]
    )
    def test_refuse_what_they_do_not_know(self, hers: APIClient, query: dict[str, str]) -> None:
        assert get(hers, HERE, **query).status_code == 400


class TestExtending:
    @pytest.fixture
    def given(self, alice: User, clerk: Role) -> RoleAssignment:
        return give_role(alice, clerk, scope="/acme", valid_until=timezone.now() + 2 * DAY)

    def test_asks_for_the_same_for_longer(self, hers: APIClient, his: APIClient, given: RoleAssignment) -> None:
        made = post(hers, HERE, {"extends": str(given.pk), "until": in_days(9)})
        said = made.json()
        assert (made.status_code, said["extends"], said["role"], said["scope"]) == (
            201,
            str(given.pk),
            "clerk",
            "/acme",
        )

        assert post(his, f"{HERE}{said['id']}/approve/").status_code == 200

        assert RoleAssignment.objects.open().get(user=given.user).pk != given.pk

    def test_of_what_is_not_hers_is_not_there(self, his: APIClient, given: RoleAssignment) -> None:
        for one in (given.pk, NOBODY):
            assert told(post(his, HERE, {"extends": str(one), "until": in_days(9)})) == (404, "not_found")

    def test_of_what_has_no_end_is_a_conflict(self, hers: APIClient, alice: User) -> None:
        endless = give(alice, "user:view")

        assert told(post(hers, HERE, {"extends": str(endless.pk), "until": in_days(9)})) == (409, "not_extensible")


def test_too_many_an_hour_are_refused(hers: APIClient, clerk: Role) -> None:
    answers = [post(hers, HERE, body(until="2001-01-01T00:00:00Z")).status_code for _ in range(31)]

    assert answers[-2:] == [400, 429]
