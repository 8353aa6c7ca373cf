"""The audit list: what each filter lets through, and that a walk misses nothing while facts come in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from events import bus
from events.models import Event
from events.tests.factories import lit
from events.tests.fakes import LampLit, LampNoticed

pytestmark = pytest.mark.django_db
URL = "/api/v1/events/"
MINUTE = timedelta(minutes=1)
HALL, ATTIC, ADA = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def auditor(grant: Callable[..., None], as_user: Callable[[User], APIClient], alice: User) -> APIClient:
    grant("event:view")
    return as_user(alice)


@pytest.fixture
def evening(noon: datetime) -> list[str]:
    """One fact a minute: two lamps, two kinds, and Ada or the system who did it."""
    ada = Actor(kind=ActorKind.USER, id=ADA)
    told = [(LampLit, HALL, SYSTEM), (LampNoticed, HALL, ada), (LampLit, ATTIC, ada), (LampNoticed, ATTIC, SYSTEM)]
    with transaction.atomic():
        facts = [
            bus.publish(fact(subject_id=lamp), actor=who, at=noon + MINUTE * minute)
            for minute, (fact, lamp, who) in enumerate(told)
        ]
    return [str(fact.pk) for fact in facts]


def page(client: APIClient, url: str = URL, **query: Any) -> dict[str, Any]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [row["id"] for row in found["results"]]


def walk(client: APIClient, between: Callable[[], object], **query: Any) -> list[str]:
    found = page(client, **query)
    seen = ids(found)
    while found["next"]:
        between()
        found = page(client, found["next"])
        seen += ids(found)
    return seen


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"type": "tests.lamp.lit"}, [2, 0]),
        ({"subject": str(HALL)}, [1, 0]),
        ({"actor": str(ADA)}, [2, 1]),
        ({"actor": ADA.hex.upper()}, [2, 1]),
        ({"type": "tests.lamp.lit", "subject": str(HALL)}, [0]),
        ({"type": "tests.lamp.noticed", "actor": str(ADA)}, [1]),
        ({"subject_type": "lamp", "subject": str(ATTIC), "actor": str(ADA)}, [2]),
        ({"subject_type": "user", "subject": str(ATTIC)}, []),
        ({"actor": str(ADA), "since": "2030-01-01T12:02:00Z"}, [2]),
        ({"actor": str(ADA), "until": "2030-01-01T12:02:00Z"}, [1]),
        ({"type": "tests.lamp.lit", "since": "2030-01-01T12:00:00.000001Z"}, [2]),
        ({"type": ""}, [3, 2, 1, 0]),
    ],
)
def test_filters_are_all_meant_at_once(
    query: dict[str, str], places: list[int], auditor: APIClient, evening: list[str]
) -> None:
    assert ids(page(auditor, **query)) == [evening[place] for place in places]


@pytest.mark.parametrize("said", ["tests.lamp", "TESTS.LAMP.LIT", "tests.lamp.%", "tests_lamp_lit", "' OR 1=1 --"])
def test_a_type_is_meant_whole_and_never_as_a_pattern(said: str, auditor: APIClient, evening: list[str]) -> None:
    assert ids(page(auditor, type=said)) == []


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        ("2030-01-01T12:01:00Z", "2030-01-01T12:01:00Z", 0),
        ("2030-01-01T12:03:00Z", "2030-01-01T12:00:00Z", 0),
        ("2030-01-01T12:01:00Z", "2030-01-01T12:01:00.000001Z", 1),
        ("2030-01-01T14:00:00+02:00", "2030-01-01T07:02:00-05:00", 2),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 4),
    ],
)
def test_a_span_is_exact_in_every_zone(
    since: str, until: str, count: int, auditor: APIClient, evening: list[str]
) -> None:
    assert len(ids(page(auditor, since=since, until=until))) == count


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("actor", "3"),
        ("actor", f"{ADA}x"),
        ("since", "2030-02-30T00:00:00Z"),
        ("since", "2030-01-01T25:00:00Z"),
        ("until", "now"),
        ("until", "1893499200"),
        ("Type", "tests.lamp.lit"),
        ("kind", "tests.lamp.lit"),
        ("actor_id__in", str(ADA)),
        ("ordering", "kind"),
        ("search", "lamp"),
    ],
)
def test_what_is_wrong_with_a_filter_is_told_by_its_name(
    name: str, said: str, auditor: APIClient, evening: list[str]
) -> None:
    answer = auditor.get(URL, {name: said, "subject_type": "lamp"})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]
    assert evening[0] not in answer.content.decode()


def test_a_walk_sees_all_that_was_there_while_facts_come_in(
    auditor: APIClient, noon: datetime, evening: list[str]
) -> None:
    def meanwhile() -> None:
        lit(at=noon + MINUTE * 60)

    assert walk(auditor, meanwhile, page_size=1) == evening[::-1]
    assert Event.objects.count() == 7


def test_a_walk_finds_a_fact_that_comes_in_late_with_an_older_time(
    auditor: APIClient, noon: datetime, evening: list[str]
) -> None:
    late: list[str] = []

    def meanwhile() -> None:
        late.append(str(lit(at=noon - MINUTE * (1 + len(late))).pk))

    seen = walk(auditor, meanwhile, page_size=3)

    assert seen == [*evening[::-1], *late]


def test_a_walk_stays_within_its_filter(auditor: APIClient, noon: datetime, evening: list[str]) -> None:
    seen = walk(auditor, lambda: lit(at=noon - MINUTE), type="tests.lamp.noticed", page_size=1)

    assert seen == [evening[3], evening[1]]


def test_the_way_back_shows_the_page_before(auditor: APIClient, evening: list[str]) -> None:
    second = page(auditor, page(auditor, page_size=2)["next"])

    assert ids(second) == [evening[1], evening[0]]
    assert ids(page(auditor, second["previous"])) == [evening[3], evening[2]]


def test_a_cursor_opens_nothing_to_who_may_not_look(auditor: APIClient, evening: list[str]) -> None:
    onwards = page(auditor, page_size=1)["next"]

    assert APIClient().get(onwards).status_code == 401


@pytest.mark.parametrize("said", ["1", "x" * 36, "00000000-0000-0000-0000-00000000000g", "..%2f", f"{ADA}%00"])
def test_what_is_no_id_leads_nowhere(said: str, auditor: APIClient) -> None:
    answer = auditor.get(f"{URL}{said}/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
