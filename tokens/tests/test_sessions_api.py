from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from events.models import Event
from tokens.models import Session
from tokens.tests.clients import FIREFOX, allow, bearing, sign_in

END = "/api/v1/sessions/end/"
BEYOND = {"created_before": "9999-12-31T23:59:59-23:59"}
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class TestOwnSessions:
    def test_are_listed_with_the_present_one_marked(self, alice: User, bob: User) -> None:
        here, there, _ = sign_in(alice), sign_in(alice), sign_in(bob)

        found = bearing(here["access"]).get("/api/v1/me/sessions/").json()["results"]

        marks = {each["id"]: each["current"] for each in found}
        assert marks == {there["session_id"]: False, here["session_id"]: True}
        assert found[0]["device_name"] == "Firefox on Linux"
        assert (found[0]["user_agent"], found[0]["ip"]) == (FIREFOX, "127.0.0.1")

    def test_one_can_be_ended(self, alice: User) -> None:
        here, there = sign_in(alice), sign_in(alice)

        answer = bearing(here["access"]).delete(f"/api/v1/me/sessions/{there['session_id']}/")

        assert answer.status_code == 204
        assert bearing(there["access"]).get("/api/v1/me/sessions/").status_code == 401
        assert bearing(here["access"]).get("/api/v1/me/sessions/").status_code == 200

    def test_all_others_can_be_ended(self, alice: User) -> None:
        pairs = [sign_in(alice) for _ in range(3)]

        assert bearing(pairs[1]["access"]).delete("/api/v1/me/sessions/").status_code == 204

        answers = [bearing(pair["access"]).get("/api/v1/me/sessions/").status_code for pair in pairs]
        assert answers == [401, 200, 401]

    def test_somebody_elses_is_not_there(self, alice: User, bob: User) -> None:
        hers, his = sign_in(alice), sign_in(bob)

        answer = bearing(hers["access"]).delete(f"/api/v1/me/sessions/{his['session_id']}/")

        assert answer.status_code == 404
        assert bearing(his["access"]).get("/api/v1/me/sessions/").status_code == 200

    def test_what_has_ended_is_not_there_either(self, alice: User) -> None:
        here, there = sign_in(alice), sign_in(alice)
        path = f"/api/v1/me/sessions/{there['session_id']}/"

        answers = [bearing(here["access"]).delete(path).status_code for _ in range(2)]

        assert answers == [204, 404]
        assert len(bearing(here["access"]).get("/api/v1/me/sessions/").json()["results"]) == 1

    def test_what_ran_out_is_not_there_either(self, alice: User) -> None:
        here, there = sign_in(alice), sign_in(alice)
        Session.objects.filter(pk=there["session_id"]).update(idle_expires_at=timezone.now())

        answer = bearing(here["access"]).delete(f"/api/v1/me/sessions/{there['session_id']}/")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert Session.objects.get(pk=there["session_id"]).revoked_at is None


class TestEverybodysSessions:
    def test_are_for_those_who_may_see_them(self, alice: User, bob: User) -> None:
        token = sign_in(bob)["access"]
        assert bearing(token).get("/api/v1/sessions/").json()["code"] == "permission_denied"

        allow(bob, "session:view")
        sign_in(alice)

        found = bearing(token).get("/api/v1/sessions/").json()["results"]
        assert {each["user"] for each in found} == {str(alice.pk), str(bob.pk)}

    @pytest.mark.parametrize(
        "query",
        [
            {"user": "{alice.pk}"},
            {"email": "Alice@EXAMPLE.org"},
            {"ip": "198.51.100.7"},
            {"client_id": "kiosk"},
            {"created_before": "2020-01-01T00:00:00Z"},
            {"search": "alice@exa"},
            {"search": "198.51.100.7"},
            {"search": "kiosk"},
            {"search": "{alice.pk}"},
        ],
    )
    def test_can_be_searched(self, alice: User, root: User, query: dict[str, str]) -> None:
        hers, token = sign_in(alice)["session_id"], sign_in(root)["access"]
        Session.objects.filter(pk=hers).update(ip="198.51.100.7", client_id="kiosk", created_at=LONG_AGO)
        asked = {name: value.format(alice=alice) for name, value in query.items()}

        found = bearing(token).get("/api/v1/sessions/", asked).json()["results"]

        assert [each["id"] for each in found] == [hers]

    @pytest.mark.parametrize("query", [{"ip": "nowhere"}, {"user": "x"}, {"colour": "red"}, {"search": "\x00"}, BEYOND])
    def test_a_wrong_question_is_said_to_be_wrong(self, root: User, query: dict[str, str]) -> None:
        assert bearing(sign_in(root)["access"]).get("/api/v1/sessions/", query).status_code == 400

    def test_one_can_be_ended_by_those_who_may(self, alice: User, bob: User) -> None:
        hers, his = sign_in(alice), sign_in(bob)
        path = f"/api/v1/sessions/{hers['session_id']}/"
        assert bearing(his["access"]).delete(path).status_code == 403

        allow(bob, "session:end")

        assert bearing(his["access"]).delete(path).status_code == 204
        assert bearing(hers["access"]).get("/api/v1/me/sessions/").status_code == 401
        ended = Event.objects.get(kind="tokens.session.ended")
        assert (ended.actor_id, ended.data["reason"]) == (bob.pk, "ended_by_staff")

    def test_nobody_signs_out_those_who_outrank_him(self, root: User, bob: User) -> None:
        allow(bob, "session:end")
        roots, his = sign_in(root), sign_in(bob)

        answer = bearing(his["access"]).delete(f"/api/v1/sessions/{roots['session_id']}/")

        assert answer.status_code == 403
        assert bearing(roots["access"]).get("/api/v1/me/sessions/").status_code == 200


class TestManySessions:
    def test_are_ended_by_those_who_may(self, alice: User, bob: User) -> None:
        hers, his = [sign_in(alice) for _ in range(3)], sign_in(bob)
        desk, wanted = bearing(his["access"]), {"user": str(alice.pk)}
        assert desk.post(END, wanted).json()["permission"] == "session:end"

        allow(bob, "session:end")

        assert desk.post(END, wanted).json() == {"ended": 3, "skipped": 0, "more": False}
        assert desk.post(END, wanted).json() == {"ended": 0, "skipped": 0, "more": False}
        assert {bearing(pair["access"]).get("/api/v1/me/sessions/").status_code for pair in hers} == {401}

    def test_who_outranks_him_and_himself_are_skipped_and_counted(self, alice: User, root: User, bob: User) -> None:
        allow(bob, "session:end")
        roots, his, _ = sign_in(root), sign_in(bob), sign_in(alice)

        answer = bearing(his["access"]).post(END, {"ip": "127.0.0.1"})

        assert answer.json() == {"ended": 1, "skipped": 2, "more": False}
        assert bearing(roots["access"]).get("/api/v1/me/sessions/").status_code == 200

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, ""),
            ({"user": "alice"}, "user"),
            ({"user": None}, "user"),
            ({"ip": "nowhere"}, "ip"),
            ({"ip": 7}, "ip"),
            ({"client_id": ""}, "client_id"),
            ({"client_id": "\x00"}, None),
            ({"client_id": "x" * 81}, "client_id"),
            ({"created_before": "yesterday"}, "created_before"),
            (BEYOND, "created_before"),
            ({"ids": []}, "ids"),
            ({"ids": ["x"]}, "ids.0"),
            ({"ids": "all"}, "ids"),
            ({"ids": [str(uuid4())] * 1001}, "ids"),
            ({"everybody": True}, "everybody"),
        ],
    )
    def test_a_wish_that_is_none_is_refused_and_ends_nothing(self, root: User, body: Any, field: str | None) -> None:
        desk = bearing(sign_in(root)["access"])

        answer = desk.post(END, body, format="json")

        assert answer.status_code == 400
        assert [error["field"] for error in answer.json().get("errors", [])] == ([] if field is None else [field])
        assert desk.get("/api/v1/me/sessions/").status_code == 200
