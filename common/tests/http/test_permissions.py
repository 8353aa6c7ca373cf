from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from common.actors import ActorKind
from common.http.permissions import SELF, need_of
from common.tests.http.views import OneNote

NOTE = "/api/v1/notes/7/"
SignedIn = Callable[..., APIClient]


def test_a_stranger_is_asked_to_sign_in(stranger: APIClient) -> None:
    answer = stranger.get(NOTE)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_whoever_lacks_the_permission_is_told_its_name(signed_in: SignedIn) -> None:
    answer = signed_in("note:delete").get(NOTE)

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.json()["permission"] == "note:view"
    assert "note:view" in answer.json()["detail"]


def test_whoever_holds_the_permission_goes_through(signed_in: SignedIn) -> None:
    assert signed_in("note:view").get(NOTE).status_code == 200


def test_holding_a_permission_is_not_holding_it_for_every_object(signed_in: SignedIn) -> None:
    answer = signed_in("note:view").get("/api/v1/notes/locked/")

    assert (answer.status_code, answer.json()["permission"]) == (403, "note:view")


def test_self_takes_anybody_who_is_signed_in(signed_in: SignedIn, stranger: APIClient) -> None:
    assert signed_in().patch(NOTE, {}, format="json").status_code == 200
    assert stranger.patch(NOTE, {}, format="json").status_code == 401


KEY = {"bounds": frozenset({"*:*"})}
MACHINE = {"actor_kind": ActorKind.SERVICE_ACCOUNT}


@pytest.mark.parametrize("proof", [KEY, MACHINE, {"bounds": frozenset()}])
def test_self_takes_no_key_and_no_machine(signed_in: SignedIn, proof: dict[str, Any]) -> None:
    answer = signed_in(**proof).patch(NOTE, {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


@pytest.mark.parametrize("proof", [KEY, MACHINE])
def test_self_takes_them_where_the_view_is_open_to_keys(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, proof: dict[str, Any]
) -> None:
    monkeypatch.setattr(OneNote, "open_to_keys", True)

    assert signed_in(**proof).patch(NOTE, {}, format="json").status_code == 200


@pytest.mark.parametrize(("proof", "status"), [({}, 200), (KEY, 200), (MACHINE, 403)])
def test_a_key_may_read_what_is_about_its_owner(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, proof: dict[str, Any], status: int
) -> None:
    monkeypatch.setattr(OneNote, "needs", {"GET": SELF})

    assert signed_in("note:view", **proof).get(NOTE).status_code == status


def test_public_takes_everybody(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/echo/").status_code == 200


def test_credentials_that_are_dead_do_not_matter_where_none_are_needed(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/echo/", headers={"Authorization": "Bearer dead"}).status_code == 200


def test_a_method_that_no_need_is_named_for_is_closed_to_everybody(signed_in: SignedIn, stranger: APIClient) -> None:
    assert signed_in("note:view", "note:delete", "note:change").put(NOTE, {}, format="json").status_code == 403
    assert stranger.put(NOTE, {}, format="json").status_code == 401


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "TRACE", "PROPFIND", "X" * 200])
def test_a_method_that_is_not_there_is_a_405_that_names_those_that_are(signed_in: SignedIn, method: str) -> None:
    answer = signed_in().generic(method, NOTE)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE", "PUT"}


def test_head_needs_what_get_needs(signed_in: SignedIn) -> None:
    assert signed_in("note:view").head(NOTE).status_code == 200
    assert signed_in().head(NOTE).status_code == 403


@pytest.mark.parametrize(("method", "need"), [("GET", "note:view"), ("HEAD", "note:view"), ("PUT", None), (None, None)])
def test_what_a_method_needs_stands_in_the_view(method: str | None, need: str | None) -> None:
    assert need_of(OneNote, method) == need


def test_a_cookie_is_no_proof(stranger: APIClient) -> None:
    stranger.cookies["sessionid"] = "x"

    assert stranger.get(NOTE).status_code == 401


def test_a_nul_in_the_path_leads_nowhere(signed_in: SignedIn) -> None:
    assert signed_in("note:view").get("/api/v1/notes/%00/").status_code == 404


def test_a_nul_in_the_query_is_refused(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/echo/?a=%00")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
