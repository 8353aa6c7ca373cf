"""Rows that lie at places: which are found, however many places there are."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.factories import person
from common import places

HOMES = ["/", "/acme", "/acme/eu", "/acme-labs", "/acme2", "/ac", "/globex/eu", "/a_me/eu"]


def found(*wanted: str) -> list[str]:
    return sorted(User.objects.within(wanted).values_list("scope", flat=True))


@pytest.fixture(autouse=True)
def _one_at_each(db: None) -> None:
    for home in HOMES:
        person(scope=home)


@pytest.mark.parametrize(
    ("wanted", "homes"),
    [
        (["/"], sorted(HOMES)),
        (["/acme"], ["/acme", "/acme/eu"]),
        (["/acme/eu"], ["/acme/eu"]),
        (["/acme/eu", "/acme"], ["/acme", "/acme/eu"]),
        (["/globex", "/acme2"], ["/acme2", "/globex/eu"]),
        (["/acme/eu/berlin"], []),
        (["/globex", "/"], sorted(HOMES)),
        (["/a_me"], ["/a_me/eu"]),
        (["/a.me"], []),
    ],
)
def test_what_lies_at_a_place_or_below_it_is_found(wanted: list[str], homes: list[str]) -> None:
    assert found(*wanted) == homes


def test_who_has_no_place_finds_nothing_and_nobody_is_asked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert found() == []


def test_a_thousand_places_are_one_question(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    many = [f"/tenant-{number}" for number in range(10 * places.MOST_TERMS)]
    with django_assert_num_queries(1):
        assert found(*many, "/acme", "/a.me") == ["/acme", "/acme/eu"]
