"""The token endpoint, as clients of RFC 6749 meet it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.services import service_accounts
from common.actors import SYSTEM
from common.secrets import issue
from rbac.tests.factories import give
from tokens.models import ServiceCredential
from tokens.services import credentials
from tokens.services.credentials import Added
from tokens.tests.clients import bearing
from tokens.tests.factories import spoken
from tokens.tests.machines import GRANT, ask, basic, buy, machine, secret_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _full_budget() -> None:
    """What others have failed to show is not counted here."""
    cache.clear()


@pytest.fixture
def billing(db: None) -> Added:
    """A machine that may look at people, and its secret."""
    return secret_of(machine("billing", "user:view", "invoice:*"))


def in_header(added: Added, secret: str = "") -> str:
    return basic(added.credential.service_account_id, secret or added.client_secret)


def in_body(added: Added, secret: str = "") -> dict[str, str]:
    return {
        "client_id": str(added.credential.service_account_id),
        "client_secret": secret or added.client_secret,
    }


def claims_of(token: str) -> dict[str, Any]:
    return spoken(token.split(".")[1])


def refused(answer: Any) -> tuple[int, str]:
    assert set(answer.json()) == {"error", "error_description"}
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "no-store")
    return answer.status_code, answer.json()["error"]


class TestAToken:
    def test_is_bought_with_basic_or_in_the_body(self, billing: Added) -> None:
        answers = [ask(GRANT, authorization=in_header(billing)), ask(GRANT | in_body(billing))]

        for answer in answers:
            assert answer.status_code == 200
            said = answer.json()
            assert set(said) == {"access_token", "token_type", "expires_in", "scope"}
            assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 300, "api")
            assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")

    def test_says_which_machine_and_nothing_of_a_sign_in(self, billing: Added) -> None:
        claims = claims_of(buy(billing))

        account = str(billing.credential.service_account_id)
        assert (claims["sub"], claims["client_id"], claims["sid"]) == (account, account, str(billing.credential.epoch))
        assert len(claims["roles"]) == 1
        assert not {"auth_time", "amr", "acr"} & claims.keys()

    def test_opens_what_the_machine_may_and_no_more(self, billing: Added) -> None:
        client = bearing(buy(billing))

        assert client.get("/api/v1/users/").status_code == 200
        assert client.get("/api/v1/roles/").status_code == 403

    def test_of_narrow_scope_opens_no_more_than_that(self, billing: Added) -> None:
        token = buy(billing, scope="invoice:view invoice:approve")

        assert bearing(token).get("/api/v1/users/").status_code == 403
        claims = claims_of(token)
        assert (claims["scope"], claims["roles"], claims["roles_omitted"]) == ("invoice:approve invoice:view", [], True)

    def test_gives_no_more_than_the_machine_may_now(self, billing: Added) -> None:
        client = bearing(buy(billing, scope="*:view"))
        assert client.get("/api/v1/users/").status_code == 200

        billing.credential.service_account.role_assignments.update(ended_at=timezone.now())

        assert client.get("/api/v1/users/").status_code == 403

    def test_does_not_outlive_the_secret(self, billing: Added) -> None:
        soon = timezone.now() + timedelta(seconds=100)
        short = secret_of(billing.credential.service_account, expires_at=soon)

        answer = ask(GRANT, authorization=in_header(short))

        assert 90 < answer.json()["expires_in"] <= 100

    def test_stays_below_4_kb_however_much_is_in_it(self, billing: Added) -> None:
        for number in range(30):
            give(billing.credential.service_account, f"thing{number}:view")
        long_scope = " ".join(f"thing{number}:view" for number in range(30)) + " invoice:" + "x" * 70

        assert max(len(buy(billing, scope=long_scope)), len(buy(billing))) < 4096

    def test_costs_three_statements_and_writes_no_row_for_itself(
        self, billing: Added, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        buy(billing)

        with django_assert_num_queries(3) as made:
            buy(billing)

        assert not [query for query in made.captured_queries if not query["sql"].startswith("SELECT")]


class TestTheClient:
    @pytest.mark.wide
    @pytest.mark.parametrize("way", ["header", "body"])
    @pytest.mark.parametrize(
        "cause", ["unknown", "wrong", "another's", "expired", "revoked", "shut", "deleted", "cut", "in capitals"]
    )
    def test_is_refused_in_one_way_for_every_cause(self, billing: Added, cause: str, way: str) -> None:
        form, header = self._shown(billing, cause)

        answer = ask(GRANT, authorization=header) if way == "header" else ask(GRANT | form)

        assert refused(answer) == (401, "invalid_client")
        assert answer["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.json()["error_description"] == "The client could not be authenticated"

    def _shown(self, billing: Added, cause: str) -> tuple[dict[str, str], str]:
        account, at = billing.credential.service_account, timezone.now()
        secret = {
            "wrong": issue("ids").value,
            "cut": billing.client_secret[:-1],
            "in capitals": billing.client_secret.upper(),
            "another's": secret_of(machine("other")).client_secret,
        }.get(cause, billing.client_secret)
        if cause == "expired":
            ServiceCredential.objects.update(created_at=at - timedelta(days=2), expires_at=at - timedelta(seconds=1))
        elif cause == "revoked":
            credentials.revoke(billing.credential, actor=SYSTEM, at=at)
        elif cause == "shut":
            service_accounts.deactivate(account, actor=SYSTEM, at=at)
        client_id = str(uuid4()) if cause == "unknown" else str(billing.credential.service_account_id)
        if cause == "deleted":
            service_accounts.delete(account, actor=SYSTEM, at=at)
        return {"client_id": client_id, "client_secret": secret}, basic(client_id, secret)

    @pytest.mark.parametrize(
        "header",
        ["Basic", "Basic ", "Basic !!!", "Basic /w==", "Basic eA==", "Bearer x", "Digest x", "basic Og==", "x"],
    )
    def test_with_a_header_that_says_nothing_is_refused_likewise(self, billing: Added, header: str) -> None:
        answer = ask(GRANT, authorization=header)

        assert refused(answer) == (401, "invalid_client")
        assert answer["WWW-Authenticate"].startswith("Basic")

    def test_who_shows_nothing_is_refused_likewise(self) -> None:
        assert refused(ask(GRANT)) == (401, "invalid_client")

    def test_may_not_authenticate_twice(self, billing: Added) -> None:
        secret = {"client_secret": billing.client_secret}

        assert refused(ask(GRANT | secret, authorization=in_header(billing))) == (400, "invalid_request")

    def test_may_repeat_its_id_and_no_other(self, billing: Added) -> None:
        own, other = {"client_id": in_body(billing)["client_id"]}, {"client_id": str(uuid4())}

        assert ask(GRANT | own, authorization=in_header(billing)).status_code == 200
        assert refused(ask(GRANT | other, authorization=in_header(billing))) == (400, "invalid_request")

    def test_that_fails_too_often_is_slowed_and_one_that_is_right_is_not(self, billing: Added) -> None:
        answers = [ask(GRANT, authorization="Basic eA==") for _ in range(61)]

        assert (answers[59].status_code, answers[60].status_code) == (401, 429)
        assert refused(answers[60]) == (429, "temporarily_unavailable")
        assert int(answers[60]["Retry-After"]) <= 60
        assert ask(GRANT, authorization=in_header(billing)).status_code == 200


class TestTheForm:
    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ("", "invalid_request"),
            ("grant_type=", "invalid_request"),
            ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
            ("grant_type=client_credentials&scope=api&scope=api", "invalid_request"),
            ("grant_type=client_credentials&scope=%00", "invalid_request"),
            ("grant_type=client_credentials&scope=%ff", "invalid_request"),
            ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
            ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
            ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
            ("grant_type=%22%5C%C3%A9", "unsupported_grant_type"),
            ("grant_type=client_credentials&scope=invoice", "invalid_scope"),
            ("grant_type=client_credentials&scope=a:b:c", "invalid_scope"),
            ("grant_type=client_credentials&scope=role:view", "invalid_scope"),
            ("grant_type=client_credentials&scope=invoice:view+role:view", "invalid_scope"),
            ("grant_type=client_credentials&scope=invoice:view%09user:view", "invalid_scope"),
            (f"grant_type=client_credentials&scope={'+'.join(f'invoice:a{n}' for n in range(200))}", "invalid_scope"),
        ],
    )
    def test_that_is_bad_is_refused_in_the_words_of_the_rfc(self, billing: Added, form: str, error: str) -> None:
        assert refused(ask(form, authorization=in_header(billing))) == (400, error)

    @pytest.mark.parametrize(
        ("scope", "given"),
        [("", "api"), ("api", "api"), ("user:view", "user:view"), ("*:view", "*:view"), ("api user:view", "api")],
    )
    def test_says_what_the_token_is_to_be_good_for(self, billing: Added, scope: str, given: str) -> None:
        assert ask(GRANT | {"scope": scope}, authorization=in_header(billing)).json()["scope"] == given

    def test_may_hold_what_nobody_knows(self, billing: Added) -> None:
        assert ask(GRANT | {"resource": "x", "audience": "y"}, authorization=in_header(billing)).status_code == 200

    def test_does_not_stand_in_the_address(self, billing: Added) -> None:
        answer = ask(GRANT, authorization=in_header(billing), path="/oauth2/token?client_secret=x")

        assert refused(answer) == (400, "invalid_request")

    @pytest.mark.parametrize(("kind", "status"), [("application/json", 415), ("multipart/form-data", 415)])
    def test_is_a_form_and_nothing_else(self, billing: Added, kind: str, status: int) -> None:
        answer = APIClient().post(
            "/oauth2/token", "{}", content_type=kind, headers={"Authorization": in_header(billing)}
        )

        assert refused(answer) == (status, "invalid_request")

    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_is_posted(self, db: None, method: str) -> None:
        assert refused(getattr(APIClient(), method)("/oauth2/token")) == (405, "invalid_request")


def test_no_secret_is_in_a_refusal(billing: Added) -> None:
    answers = [
        ask(GRANT | in_body(billing), authorization=in_header(billing)),
        ask(GRANT | in_body(billing) | {"scope": "x"}),
        ask({**in_body(billing), "grant_type": billing.client_secret}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert not [answer for answer in answers if billing.client_secret in answer.content.decode()]
