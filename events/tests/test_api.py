"""The audit trail over HTTP."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import Actor, ActorKind
from common.identifiers import uuid7
from events import bus
from events.models import Event
from events.tests.factories import lit
from events.tests.fakes import LampLit, LampNoticed

pytestmark = pytest.mark.django_db
URL = "/api/v1/events/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def auditor(grant: Callable[..., None], as_user: Callable[[User], APIClient], alice: User) -> APIClient:
    grant("event:view")
    return as_user(alice)


def shown(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_an_event_is_shown_with_who_did_what_to_whom(auditor: APIClient, noon: datetime) -> None:
    lamp, ada = (
        uuid7(),
        Actor(
            kind=ActorKind.USER,
            id=uuid7(),
            label="ada",
            ip="203.0.113.7",
            user_agent="curl",
            request_id="r1",
            session_id=uuid7(),
        ),
    )
    with transaction.atomic():
        event = bus.publish(LampLit(subject_id=lamp, room="attic"), actor=ada, at=noon)

    assert auditor.get(f"{URL}{event.pk}/").json() == {
        "id": str(event.pk),
        "type": "tests.lamp.lit",
        "version": 1,
        "subject": {"type": "lamp", "id": str(lamp)},
        "actor": {"kind": "user", "id": str(ada.id), "label": "ada"},
        "data": {"room": "attic", "by": None, "since": None},
        "ip": "203.0.113.7",
        "user_agent": "curl",
        "request_id": "r1",
        "session_id": str(ada.session_id),
        "occurred_at": "2030-01-01T12:00:00Z",
    }


def test_the_newest_event_stands_first(auditor: APIClient, noon: datetime) -> None:
    events = [lit(at=noon), lit(at=noon), lit(at=noon + MINUTE), lit(at=noon - MINUTE)]

    assert shown(auditor) == [str(events[place].pk) for place in (2, 1, 0, 3)]


def test_pages_hold_each_event_once(auditor: APIClient, noon: datetime) -> None:
    published = {str(lit(at=noon + MINUTE * (number // 3)).pk) for number in range(7)}
    seen: list[str] = []
    url: str | None = f"{URL}?page_size=2"
    while url:
        page = auditor.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert len(seen) == 7
    assert set(seen) == published


def test_events_are_filtered_by_type_subject_and_actor(auditor: APIClient, noon: datetime) -> None:
    ada = Actor(kind=ActorKind.USER, id=uuid7())
    lit(at=noon)
    with transaction.atomic():
        wanted = bus.publish(LampNoticed(subject_id=uuid7()), actor=ada, at=noon)

    for query in ({"type": "tests.lamp.noticed"}, {"subject": wanted.subject_id}, {"actor": str(ada.id)}):
        assert shown(auditor, **query) == [str(wanted.pk)]
    assert len(shown(auditor, subject_type="lamp")) == 2
    assert shown(auditor, subject_type="user") == []


def test_a_span_of_time_includes_its_begin_and_not_its_end(auditor: APIClient, noon: datetime) -> None:
    events = [str(lit(at=noon + MINUTE * number).pk) for number in range(3)]

    assert shown(auditor, since="2030-01-01T12:01:00Z") == [events[2], events[1]]
    assert shown(auditor, until="2030-01-01T12:01:00Z") == [events[0]]
    assert shown(auditor, since="2030-01-01T13:01:00+01:00", until="2030-01-01T12:02:00Z") == [events[1]]


@pytest.mark.parametrize("query", ["actor=alice", "since=yesterday", "until=2030-13-01", "colour=red", "cursor=x"])
def test_a_filter_that_cannot_be_meant_is_refused(query: str, auditor: APIClient) -> None:
    answer = auditor.get(f"{URL}?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "01890000-0000-7000-8000-000000000000/"])
def test_without_the_permission_nothing_is_shown(
    path: str, grant: Callable[..., None], as_user: Callable[[User], APIClient], bob: User
) -> None:
    answer = as_user(bob).get(URL + path)

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "event:view" in answer.json()["detail"]


def test_a_stranger_is_asked_who_she_is() -> None:
    assert APIClient().get(URL).status_code == 401


def test_an_unknown_event_is_not_found(auditor: APIClient) -> None:
    assert auditor.get(f"{URL}{uuid7()}/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_to_the_audit_trail(method: str, auditor: APIClient, noon: datetime) -> None:
    event = lit(at=noon)

    for url in (URL, f"{URL}{event.pk}/"):
        assert getattr(auditor, method)(url, {}, format="json").status_code == 405
    assert Event.objects.count() == 1


def test_a_page_costs_one_query_however_many_events_there_are(
    auditor: APIClient, noon: datetime, django_assert_num_queries: Callable[..., Any]
) -> None:
    for _ in range(10):
        lit(at=noon)

    with django_assert_num_queries(1):
        shown(auditor, type="tests.lamp.lit", page_size=5)
