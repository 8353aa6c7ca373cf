from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from events.models import Event
from tokens.models import Session
from tokens.services import keys
from tokens.tests.clients import bearing, post, sign_in
from tokens.tests.factories import spoken

pytestmark = pytest.mark.django_db


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


class TestAStaleOrStrangeRequest:
    @pytest.mark.parametrize("path", ["token/", "token/refresh/", "token/verify/", "token/revoke/"])
    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            ("[" * 100_000, "application/json", 400),
            ('{"token": "\\ud800", "refresh": "\\u0000"}', "application/json", 400),
            ("{", "application/json", 400),
            ("null", "application/json", 400),
            ("token=\x00", "text/plain", 415),
        ],
    )
    def test_is_told_what_is_wrong(self, path: str, body: str, kind: str, status: int) -> None:
        answer = APIClient().post(f"/api/v1/{path}", body, content_type=kind)

        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("path", ["token/", "token/refresh/", "token/verify/", "token/revoke/"])
    def test_by_another_method_is_a_405(self, path: str) -> None:
        assert APIClient().get(f"/api/v1/{path}").status_code == 405
