"""Sessions over HTTP as time goes by and as their owner looks at them (security C4-C8, D2, J8)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from events.models import Event
from tokens.models import Session
from tokens.tests.clients import FIREFOX, allow, bearing, post, sign_in

pytestmark = pytest.mark.wide

OWN = "/api/v1/me/sessions/"
MOMENT = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock(db: None, noon: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(noon, tick=False) as traveller:
        yield traveller


def renew(pair: dict[str, Any]) -> Any:
    return post("token/refresh/", {"refresh": pair["refresh"]})


def listed(pair: dict[str, Any]) -> set[str]:
    return {each["id"] for each in bearing(pair["access"]).get(OWN).json()["results"]}


@pytest.mark.parametrize(("late", "status"), [(-MOMENT, 200), (timedelta(0), 401), (MOMENT, 401)])
def test_an_access_token_lives_five_minutes(
    alice: User, clock: time_machine.Traveller, late: timedelta, status: int
) -> None:
    pair = sign_in(alice)

    clock.shift(timedelta(minutes=5) + late)

    assert bearing(pair["access"]).get(OWN).status_code == status
    assert post("token/verify/", {"token": pair["access"]}).status_code == status


@pytest.mark.parametrize(("late", "status"), [(-MOMENT, 200), (timedelta(0), 401), (MOMENT, 401)])
def test_a_session_dies_of_a_fortnight_unused(
    alice: User, clock: time_machine.Traveller, late: timedelta, status: int
) -> None:
    pair = sign_in(alice)

    clock.shift(timedelta(days=14) + late)

    assert post("token/verify/", {"token": pair["refresh"]}).status_code == status
    assert renew(pair).status_code == status


def test_daily_use_keeps_a_session_for_ninety_days_and_no_longer(alice: User, clock: time_machine.Traveller) -> None:
    pair = sign_in(alice)
    for _ in range(8):
        clock.shift(timedelta(days=10))
        pair = renew(pair).json()
    clock.shift(timedelta(days=10) - MOMENT)
    pair = renew(pair).json()

    clock.shift(MOMENT)

    assert renew(pair).status_code == 401
    assert bearing(pair["access"]).get(OWN).status_code == 401


def test_the_last_access_token_ends_with_its_session(alice: User, noon: datetime) -> None:
    pair, soon = sign_in(alice), noon + timedelta(minutes=2)
    Session.objects.update(idle_expires_at=soon, expires_at=soon)

    renewed = renew(pair).json()

    assert renewed["expires_in"] == 120


def test_using_an_access_token_does_not_keep_a_session_awake(alice: User, clock: time_machine.Traveller) -> None:
    pair = sign_in(alice)
    before = Session.objects.values().get()

    clock.shift(timedelta(minutes=4))
    bearing(pair["access"]).get(OWN)

    assert Session.objects.values().get() == before


def test_what_is_over_is_not_listed(alice: User, clock: time_machine.Traveller) -> None:
    sign_in(alice)
    clock.shift(timedelta(days=14))

    fresh = sign_in(alice)

    assert listed(fresh) == {fresh["session_id"]}


def test_a_session_that_was_ended_stays_dead_however_it_is_asked(alice: User) -> None:
    pair, other = sign_in(alice), sign_in(alice)
    bearing(other["access"]).delete(f"{OWN}{pair['session_id']}/")

    answers = [
        bearing(pair["access"]).get(OWN),
        bearing(pair["access"]).delete(OWN),
        bearing(pair["access"]).patch("/api/v1/me/", {"display_name": "Mallory"}, format="json"),
        post("token/verify/", {"token": pair["access"]}),
        renew(pair),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "token_not_valid")] * 5
    assert listed(other) == {other["session_id"]}


def test_each_sees_her_own_sessions_only(alice: User, bob: User) -> None:
    hers, his = [sign_in(alice) for _ in range(2)], [sign_in(bob) for _ in range(3)]

    assert listed(hers[0]) == {pair["session_id"] for pair in hers}
    assert listed(his[0]) == {pair["session_id"] for pair in his}


@pytest.mark.parametrize("query", ["user={0.pk}", "search={0.pk}", "all=true", "email={0.email}", "ordering=user"])
def test_no_question_shows_her_somebody_elses(alice: User, bob: User, query: str) -> None:
    hers, his = sign_in(alice), sign_in(bob)

    answer = bearing(hers["access"]).get(f"{OWN}?{query.format(bob)}")

    assert answer.status_code in {200, 400}
    assert his["session_id"] not in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_somebody_elses_session_is_answered_like_none_at_all(alice: User, bob: User, method: str) -> None:
    hers, his = sign_in(alice), sign_in(bob)
    ask = getattr(bearing(hers["access"]), method)
    headers = {"X-Request-ID": "same"}

    foreign = ask(f"{OWN}{his['session_id']}/", headers=headers)
    random = ask(f"{OWN}{uuid4()}/", headers=headers)

    assert foreign.status_code in {404, 405}
    assert (foreign.status_code, without_path(foreign)) == (random.status_code, without_path(random))
    assert renew(his).status_code == 200


def without_path(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


def test_ending_all_others_leaves_the_neighbours_alone(alice: User, bob: User) -> None:
    hers, his = [sign_in(alice) for _ in range(2)], sign_in(bob)

    answer = bearing(hers[0]["access"]).delete(f"{OWN}?user={bob.pk}")

    assert answer.status_code in {204, 400}
    assert listed(his) == {his["session_id"]}
    assert renew(his).status_code == 200


def test_a_session_may_end_itself(alice: User) -> None:
    here, there = sign_in(alice), sign_in(alice)

    assert bearing(here["access"]).delete(f"{OWN}{here['session_id']}/").status_code == 204

    assert renew(here).status_code == 401
    assert listed(there) == {there["session_id"]}


def change_password(client: APIClient, alice: User) -> Any:
    body = {"current_password": PASSWORD, "password": "unrelated volcano pencil"}
    return client.post("/api/v1/me/password/", body, format="json")


def deactivate(client: APIClient, alice: User) -> Any:
    return client.post(f"/api/v1/users/{alice.pk}/deactivate/", {}, format="json")


def sign_out(client: APIClient, alice: User) -> Any:
    return client.post(f"/api/v1/users/{alice.pk}/sign-out/", {}, format="json")


def erase(client: APIClient, alice: User) -> Any:
    return client.delete(f"/api/v1/users/{alice.pk}/")


@pytest.mark.parametrize("by_staff", [deactivate, sign_out, erase])
def test_what_staff_does_ends_every_session_and_nobody_elses(
    alice: User, bob: User, root: User, by_staff: Callable[[APIClient, User], Any]
) -> None:
    hers, his, roots = [sign_in(alice) for _ in range(3)], sign_in(bob), sign_in(root)

    assert by_staff(bearing(roots["access"]), alice).status_code in {200, 204}

    assert {renew(pair).status_code for pair in hers} == {401}
    assert {bearing(pair["access"]).get(OWN).status_code for pair in hers} == {401}
    assert renew(his).status_code == 200


def test_reactivating_wakes_no_session(alice: User, root: User) -> None:
    hers, roots = sign_in(alice), bearing(sign_in(root)["access"])
    deactivate(roots, alice)

    assert roots.post(f"/api/v1/users/{alice.pk}/reactivate/", {}, format="json").status_code in {200, 204}

    assert renew(hers).status_code == 401
    assert bearing(hers["access"]).get(OWN).status_code == 401
    assert sign_in(alice)


def ended_by_owner(hers: dict[str, Any], bobs: APIClient) -> Any:
    return bearing(hers["access"]).delete(f"{OWN}{hers['session_id']}/", headers={"X-Request-ID": "end-7"})


def ended_by_staff(hers: dict[str, Any], bobs: APIClient) -> Any:
    return bobs.delete(f"/api/v1/sessions/{hers['session_id']}/", headers={"X-Request-ID": "end-7"})


def revoked_by_holder(hers: dict[str, Any], bobs: APIClient) -> Any:
    return post("token/revoke/", {"token": hers["refresh"]}, X_Request_ID="end-7")


@pytest.mark.parametrize(
    ("act", "doer"), [(ended_by_owner, "alice"), (ended_by_staff, "bob"), (revoked_by_holder, "alice")]
)
def test_the_end_of_a_session_is_a_fact_with_its_doer_and_its_request(
    alice: User, bob: User, act: Callable[[dict[str, Any], APIClient], Any], doer: str
) -> None:
    hers, bobs = sign_in(alice), bearing(sign_in(bob)["access"])
    allow(bob, "session:end")

    assert act(hers, bobs)["X-Request-ID"] == "end-7"

    fact = Event.objects.get(kind="tokens.session.ended")
    assert (fact.subject_id, fact.data["reason"], fact.data["user_id"]) == (
        hers["session_id"],
        act.__name__,
        str(alice.pk),
    )
    assert (fact.actor_id, fact.request_id) == ({"alice": alice, "bob": bob}[doer].pk, "end-7")


def test_a_sign_in_and_a_theft_are_facts_without_a_token_in_them(alice: User, clock: time_machine.Traveller) -> None:
    pair = sign_in(alice, device_name="Laptop")
    successor = renew(pair).json()
    clock.shift(timedelta(minutes=1))

    thief = post("token/refresh/", {"refresh": pair["refresh"]}, X_Request_ID="theft")

    facts = {fact.kind: fact for fact in Event.objects.all()}
    trail = str([*Event.objects.values()])
    assert (thief.status_code, facts["tokens.refresh_token.reused"].request_id) == (401, "theft")
    assert facts["tokens.session.started"].user_agent == FIREFOX
    assert not [
        said for said in (*pair.values(), *successor.values()) if str(said).startswith("ey") and str(said) in trail
    ]
