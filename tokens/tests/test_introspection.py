"""RFC 7662: the same words for every token that is not good, and the roles of now for one that is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User
from accounts.services import lifecycle
from common.actors import SYSTEM
from rbac.models import RoleAssignment
from rbac.services import assignments
from tokens import introspection
from tokens.models import ApiKey, ServiceCredential, Session, SigningKey
from tokens.services import api_keys, credentials, keys
from tokens.tests.clients import allow, bearing, post, sign_in
from tokens.tests.factories import altered
from tokens.tests.machines import buy, machine, secret_of

PATH = "/api/v1/token/introspect/"
FORM = "application/x-www-form-urlencoded"
SECOND = timedelta(seconds=1)
SAID = {"active", "sub", "sid", "exp", "iat", "iss", "aud", "scope", "client_id", "token_type", "roles"}


@pytest.fixture
def asker(db: None) -> APIClient:
    """A service that may ask."""
    return bearing(buy(secret_of(machine("gateway", "token:introspect"))))


@pytest.fixture
def pair(alice: User) -> dict[str, Any]:
    return sign_in(alice)


def ask(asker: APIClient, token: object, **more: str) -> Any:
    answer = asker.post(PATH, {"token": token, **more}, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def test_of_a_good_access_token_it_tells_just_what_the_contract_names(
    asker: APIClient, alice: User, pair: dict[str, Any]
) -> None:
    allow(alice, "invoice:view")

    told = ask(asker, pair["access"])

    assert told.keys() == SAID
    assert told["active"] is True
    assert (told["sub"], told["sid"], told["token_type"]) == (str(alice.pk), pair["session_id"], "Bearer")
    assert (told["scope"], told["client_id"], told["roles"]) == ("api", "first-party", ["role-of-alice"])


def test_a_form_asks_as_well_as_json(asker: APIClient, pair: dict[str, Any]) -> None:
    form = urlencode({"token": pair["access"], "token_type_hint": "access_token"})

    assert asker.post(PATH, form, content_type=FORM).json() == ask(asker, pair["access"], token_type_hint="nonsense")


def test_a_refresh_token_says_that_it_is_one_and_nothing_of_scope_or_roles(
    asker: APIClient, pair: dict[str, Any]
) -> None:
    told = ask(asker, pair["refresh"])

    assert told.keys() == SAID - {"scope", "roles"}
    assert (told["active"], told["token_type"]) == (True, "refresh_token")


def test_a_machine_is_told_of_with_its_own_id_as_client(asker: APIClient) -> None:
    billing = machine("billing", "invoice:view")

    told = ask(asker, buy(secret_of(billing)))

    assert told.keys() == SAID
    assert told["sub"] == told["client_id"] == str(billing.pk)
    assert told["roles"] == [RoleAssignment.objects.get(service_account=billing).role.name]


def test_a_narrow_scope_takes_no_roles_along(asker: APIClient) -> None:
    told = ask(asker, buy(secret_of(machine("billing", "invoice:*")), scope="invoice:view"))

    assert (told["scope"], told["roles"]) == ("invoice:view", [])


def test_a_role_taken_away_is_gone_from_the_next_answer(asker: APIClient, alice: User, pair: dict[str, Any]) -> None:
    allow(alice, "invoice:view")
    assert ask(asker, pair["access"])["roles"] == ["role-of-alice"]

    assignments.end(RoleAssignment.objects.get(user=alice), actor=SYSTEM, at=timezone.now())

    assert ask(asker, pair["access"])["roles"] == []


def test_a_role_that_holds_elsewhere_or_at_another_time_is_not_told(
    asker: APIClient, alice: User, pair: dict[str, Any]
) -> None:
    allow(alice, "invoice:view")
    theirs = RoleAssignment.objects.filter(user=alice)

    for change in ({"valid_until": timezone.now()}, {"valid_until": None, "scope": "/acme"}):
        theirs.update(**change)
        assert ask(asker, pair["access"])["roles"] == []


def deactivate(alice: User, _: UUID) -> object:
    return lifecycle.deactivate(alice, actor=SYSTEM, at=timezone.now())


CAUSES: dict[str, Callable[[User, UUID], object]] = {
    "ended": lambda _, sid: Session.objects.filter(pk=sid).update(revoked_at=timezone.now()),
    "idle": lambda _, sid: Session.objects.filter(pk=sid).update(idle_expires_at=timezone.now()),
    "gone": lambda _, sid: Session.objects.filter(pk=sid).delete(),
    "deactivated": deactivate,
    "signed out": lambda alice, _: lifecycle.sign_out(alice, actor=SYSTEM, at=timezone.now()),
    "erased": lambda alice, _: lifecycle.erase(alice, actor=SYSTEM, at=timezone.now()),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_of_death_has_the_same_answer(
    asker: APIClient, alice: User, pair: dict[str, Any], cause: str
) -> None:
    CAUSES[cause](alice, UUID(pair["session_id"]))

    assert ask(asker, pair["access"]) == ask(asker, pair["refresh"]) == {"active": False}


def test_so_have_tokens_of_nobody(asker: APIClient, pair: dict[str, Any]) -> None:
    forged = altered(pair["access"], payload={"sub": pair["session_id"]})

    for token in (forged, "", "junk", "a.b.c", "idk_junk", "ids_junk", "é", "x" * 100_000, pair["access"] + "\n"):
        assert ask(asker, token) == {"active": False}


def test_after_an_emergency_the_old_key_s_tokens_are_nobody_s(alice: User, pair: dict[str, Any]) -> None:
    assert introspection.told_of(pair["access"], at=timezone.now())

    keys.replace_all(actor=SYSTEM, at=timezone.now())

    assert introspection.told_of(pair["access"], at=timezone.now()) is None


@pytest.mark.parametrize("body", [{}, {"token": 1}, {"token": None}, {"token": ["x"]}, {"token": "x", "more": "y"}])
def test_a_request_that_asks_nothing_is_refused(asker: APIClient, body: object) -> None:
    assert asker.post(PATH, body, format="json").status_code == 400


def test_only_who_may_introspect_is_answered(alice: User, pair: dict[str, Any]) -> None:
    assert post("token/introspect/", {"token": pair["access"]}).status_code == 401

    refused = bearing(pair["access"]).post(PATH, {"token": pair["access"]}, format="json")

    assert (refused.status_code, refused.json()["permission"]) == (403, "token:introspect")


class TestApiKeys:
    @pytest.fixture
    def key(self, alice: User) -> str:
        return api_keys.create(alice, name="backup", actor=SYSTEM, at=timezone.now()).value

    def test_a_key_tells_whose_it_is_and_that_it_never_ends(self, asker: APIClient, alice: User, key: str) -> None:
        told = ask(asker, key)

        assert told.keys() == SAID - {"sid", "exp"}
        assert (told["sub"], told["scope"]) == (str(alice.pk), "api")
        assert told["client_id"] == str(ApiKey.objects.get().pk)

    def test_one_that_ends_says_when(self, asker: APIClient, key: str) -> None:
        ends = timezone.now() + timedelta(days=1)
        ApiKey.objects.update(expires_at=ends, scopes=["invoice:view"])

        told = ask(asker, key)

        assert (told["exp"], told["scope"], told["roles"]) == (int(ends.timestamp()), "invoice:view", [])

    @pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
    def test_a_dead_one_is_not_told_of(self, asker: APIClient, key: str, change: str) -> None:
        ApiKey.objects.update(**{change: timezone.now()})

        assert ask(asker, key) == {"active": False}

    def test_nor_is_that_of_somebody_who_is_shut_out(self, asker: APIClient, alice: User, key: str) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)

        assert ask(asker, key) == {"active": False}


class TestMachines:
    @pytest.fixture
    def added(self, db: None) -> credentials.Added:
        return secret_of(machine("billing", "invoice:view"))

    @pytest.mark.parametrize(
        "change",
        [
            lambda: ServiceCredential.objects.update(revoked_at=timezone.now()),
            lambda: ServiceCredential.objects.update(expires_at=timezone.now()),
            lambda: ServiceAccount.objects.update(is_active=False),
            lambda: credentials.end_tokens(ServiceCredential.objects.get().epoch, actor=SYSTEM, at=timezone.now()),
            lambda: ServiceAccount.objects.all().delete(),
            lambda: SigningKey.objects.all().delete(),
        ],
    )
    def test_its_token_dies_with_what_it_was_bought_with(
        self, added: credentials.Added, change: Callable[[], object]
    ) -> None:
        token = buy(added)
        assert introspection.told_of(token, at=timezone.now())

        change()

        assert introspection.told_of(token, at=timezone.now()) is None
