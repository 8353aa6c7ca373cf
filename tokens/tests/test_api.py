from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from conftest import PASSWORD
from events.models import Event
from rbac.models import Role, RoleAssignment, RolePermission
from tokens.models import Session
from tokens.services import keys, sessions
from tokens.services.sessions import Issued
from tokens.tests.factories import altered, spoken

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def post(path: str, body: object, **headers: str) -> Any:
    return APIClient().post(f"/api/v1/{path}", body, format="json", headers=headers)


def bearing(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def sign_in(user: User, **more: str) -> dict[str, Any]:
    answer = post("token/", {"email": user.email, "password": PASSWORD, **more}, User_Agent=FIREFOX)
    assert answer.status_code == 200, answer.content
    said: dict[str, Any] = answer.json()
    return said


def allow(user: User, *permissions: str) -> None:
    now = timezone.now()
    role = Role.objects.create(name=f"role-of-{user.display_name.lower()}", created_at=now, updated_at=now)
    RolePermission.objects.bulk_create(RolePermission(role=role, pattern=pattern) for pattern in permissions)
    RoleAssignment.objects.create(user=user, role=role, created_at=now)


class TestSigningIn:
    def test_gives_a_pair_of_tokens(self, alice: User) -> None:
        answer = post("token/", {"email": "ALICE@Example.org", "password": PASSWORD, "device_name": "Laptop"})

        said = answer.json()
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(said) == {"access", "refresh", "token_type", "expires_in", "session_id"}
        assert (said["token_type"], said["expires_in"]) == ("Bearer", 300)
        assert Session.objects.get(pk=said["session_id"]).device_name == "Laptop"

    def test_an_otp_that_nobody_asked_for_is_no_mistake(self, alice: User) -> None:
        assert sign_in(alice, otp="123456")

    @pytest.mark.parametrize(
        "traits",
        [{"is_active": False}, {"self_registered": True, "email_verified_at": None}, {"password": "!unusable"}],
    )
    def test_is_refused_in_the_same_words_for_every_cause(self, alice: User, traits: dict[str, Any]) -> None:
        unknown = post("token/", {"email": "nobody@example.org", "password": PASSWORD})
        wrong = post("token/", {"email": "alice@example.org", "password": "wrong horse battery staple"})
        no_address = post("token/", {"email": "not an address", "password": PASSWORD})
        User.objects.filter(pk=alice.pk).update(**traits)
        shut_out = post("token/", {"email": "alice@example.org", "password": PASSWORD})

        said = [{**answer.json(), "request_id": ""} for answer in (unknown, wrong, no_address, shut_out)]
        assert (said[0]["status"], said[0]["code"]) == (401, "invalid_credentials")
        assert said == [said[0]] * 4

    def test_names_her_as_the_one_who_did_it(self, alice: User) -> None:
        session_id = sign_in(alice)["session_id"]

        started = Event.objects.get(kind="tokens.session.started", subject_id=session_id)
        assert (started.actor_kind, started.actor_id) == ("user", alice.pk)

    def test_with_a_dead_token_along_still_works(self, alice: User) -> None:
        body = {"email": "alice@example.org", "password": PASSWORD}

        assert post("token/", body, Authorization="Bearer dead").status_code == 200

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "invalid"),
            ({"email": "alice@example.org"}, "invalid"),
            ({"email": 7, "password": ["x"]}, "invalid"),
            ({"email": "alice@example.org", "password": PASSWORD, "user_id": "x"}, "unknown_field"),
            ({"email": "alice@example.org", "password": "x" * 5000}, "invalid"),
            (["email"], "invalid"),
        ],
    )
    def test_a_wrong_body_is_said_to_be_wrong(self, alice: User, body: object, code: str) -> None:
        answer = post("token/", body)

        assert (answer.status_code, answer.json()["code"]) == (400, code)


class TestRefreshing:
    def test_gives_the_next_pair(self, alice: User) -> None:
        answer = post("token/refresh/", {"refresh": sign_in(alice)["refresh"]})

        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert set(answer.json()) == {"access", "refresh", "token_type", "expires_in"}

    def test_reuse_ends_the_family_and_that_stays(self, alice: User) -> None:
        first = sign_in(alice)
        second = post("token/refresh/", {"refresh": first["refresh"]}).json()
        third = post("token/refresh/", {"refresh": second["refresh"]}).json()

        answers = [post("token/refresh/", {"refresh": pair["refresh"]}) for pair in (first, second, third)]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "token_not_valid")] * 3
        assert bearing(third["access"]).get("/api/v1/me/sessions/").status_code == 401
        assert Event.objects.filter(kind="tokens.refresh_token.reused").count() == 1

    @pytest.mark.parametrize("presented", ["", "junk", "\x7f", "A" * 900_000])
    def test_junk_is_refused_as_any_dead_token(self, presented: str) -> None:
        answer = post("token/refresh/", {"refresh": presented})

        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert "WWW-Authenticate" in answer.headers

    @pytest.mark.parametrize("body", [{}, {"refresh": None}, {"refresh": 7}, {"refresh": ["x"]}, {"token": "x"}])
    def test_a_wrong_body_is_said_to_be_wrong(self, body: object) -> None:
        assert post("token/refresh/", body).status_code == 400


class TestVerifying:
    @pytest.mark.parametrize("kind", ["access", "refresh"])
    def test_tells_the_living_from_the_dead(self, alice: User, kind: str) -> None:
        pair = sign_in(alice)
        assert (post("token/verify/", {"token": pair[kind]}).status_code) == 200
        assert (post("token/verify/", {"token": pair[kind]}).json()) == {}

        post("token/revoke/", {"token": pair["refresh"]})

        answer = post("token/verify/", {"token": pair[kind]})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")

    def test_asks_once(self, alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        pair = sign_in(alice)

        with django_assert_num_queries(1):
            assert post("token/verify/", {"token": pair["access"]}).status_code == 200


class TestRevoking:
    @pytest.mark.parametrize("form", ["json", "form"])
    @pytest.mark.parametrize("kind", ["access", "refresh"])
    def test_ends_the_session_at_once(self, alice: User, form: str, kind: str) -> None:
        pair = sign_in(alice)
        kinds = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
        body = {"json": f'{{"token": "{pair[kind]}"}}', "form": f"token={pair[kind]}&token_type_hint=access_token"}

        answer = APIClient().post("/api/v1/token/revoke/", body[form], content_type=kinds[form])

        assert answer.status_code == 200
        assert bearing(pair["access"]).get("/api/v1/me/sessions/").status_code == 401
        assert post("token/refresh/", {"refresh": pair["refresh"]}).status_code == 401

    @pytest.mark.parametrize("token", ["junk", "", "a.b.c"])
    def test_an_unknown_token_is_no_error(self, token: str) -> None:
        assert post("token/revoke/", {"token": token}).status_code == 200

    def test_a_token_is_needed(self) -> None:
        assert post("token/revoke/", {}).status_code == 400


class TestTheKeySet:
    def test_is_public_and_may_be_kept(self, settings: Settings) -> None:
        key = keys.ensure(at=timezone.now())

        answer = APIClient().get("/.well-known/jwks.json", headers={"Authorization": "Bearer dead"})

        assert answer.headers["Cache-Control"] == f"public, max-age={settings.JWKS_CACHE_SECONDS}"
        assert [found["kid"] for found in answer.json()["keys"]] == [key.kid]
        assert "d" not in answer.json()["keys"][0]

    def test_has_the_key_that_a_token_names(self, alice: User) -> None:
        header = spoken(sign_in(alice)["access"].split(".")[0])

        assert header["kid"] in {key["kid"] for key in APIClient().get("/.well-known/jwks.json").json()["keys"]}


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
            {"search": "alice@exa"},
            {"search": "198.51.100.7"},
            {"search": "kiosk"},
            {"search": "{alice.pk}"},
        ],
    )
    def test_can_be_searched(self, alice: User, root: User, query: dict[str, str]) -> None:
        hers, token = sign_in(alice)["session_id"], sign_in(root)["access"]
        Session.objects.filter(pk=hers).update(ip="198.51.100.7", client_id="kiosk")
        asked = {name: value.format(alice=alice) for name, value in query.items()}

        found = bearing(token).get("/api/v1/sessions/", asked).json()["results"]

        assert [each["id"] for each in found] == [hers]

    @pytest.mark.parametrize("query", [{"ip": "nowhere"}, {"user": "x"}, {"colour": "red"}, {"search": "\x00"}])
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


class TestTheBearer:
    @pytest.fixture
    def access(self, alice: User) -> str:
        now = timezone.now()
        session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=now)
        return sessions.issue(session, at=now).access

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_is_taken_from_the_header(self, access: str, scheme: str) -> None:
        answer = APIClient().get("/api/v1/me/sessions/", headers={"Authorization": f"{scheme} {access}"})

        assert answer.status_code == 200

    @pytest.mark.parametrize("name", ["access_token", "token", "access"])
    def test_and_from_nowhere_else(self, access: str, name: str) -> None:
        client = APIClient()
        client.cookies[name] = access

        answer = client.get("/api/v1/me/sessions/")

        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert "error" not in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize(
        "forge",
        [
            lambda token: f"Bearer {altered(token, payload={'sub': '0' * 32})}",
            lambda token: f"Bearer {token[:-1]}",
            lambda token: f"Bearer {token} {token}",
            lambda token: f"Basic {token}",
            lambda token: token,
            lambda _: "Bearer",
            lambda _: "Bearer ",
            lambda _: "Bearer \xff",
            lambda _: "Bearer " + "A" * 65_000,
        ],
    )
    def test_a_bad_one_is_refused(self, access: str, forge: Callable[[str], str]) -> None:
        answer = APIClient().get("/api/v1/me/sessions/", headers={"Authorization": forge(access)})

        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    def test_an_expired_one_is_refused(self, alice: User) -> None:
        past = timezone.now() - timedelta(minutes=6)
        session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=past)
        old = sessions.issue(session, at=past).access

        assert bearing(old).get("/api/v1/me/sessions/").status_code == 401


class TestEachDoorTakesItsOwnKindOnly:
    """Security E6."""

    @pytest.fixture
    def pair(self, alice: User) -> Issued:
        now = timezone.now()
        return sessions.issue(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=now), at=now)

    @pytest.mark.parametrize(("kind", "status"), [("access", 200), ("refresh", 401)])
    def test_the_api(self, pair: Issued, kind: str, status: int) -> None:
        assert bearing(getattr(pair, kind)).get("/api/v1/me/sessions/").status_code == status

    @pytest.mark.parametrize(("kind", "status"), [("access", 401), ("refresh", 200)])
    def test_the_refresh_door(self, pair: Issued, kind: str, status: int) -> None:
        assert post("token/refresh/", {"refresh": getattr(pair, kind)}).status_code == status

    @pytest.mark.parametrize(("kind", "other"), [("access", "rt+jwt"), ("refresh", "at+jwt")])
    @pytest.mark.parametrize("door", ["verify", "api", "refresh"])
    def test_a_renamed_type_opens_none(self, pair: Issued, kind: str, other: str, door: str) -> None:
        renamed = altered(getattr(pair, kind), header={"typ": other})
        answers: dict[str, Callable[[], Any]] = {
            "verify": lambda: post("token/verify/", {"token": renamed}),
            "api": lambda: bearing(renamed).get("/api/v1/me/sessions/"),
            "refresh": lambda: post("token/refresh/", {"refresh": renamed}),
        }

        assert answers[door]().status_code == 401
