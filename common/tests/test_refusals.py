"""Each refusal as the caller sees it: the same whole shape for every kind."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework import exceptions as drf

from common import errors
from common.errors import DomainError, FieldError, TooManyRequests, Unavailable
from common.http.translations import Problem, problem_of
from common.identifiers import uuid7

CONTRACT = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def kinds(root: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    yield from (found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, root))


def told(error: Exception) -> Problem:
    found = problem_of(error)
    assert found is not None
    return found


class Sly(DomainError):
    """Its members would overrule what the contract says."""

    members = {"status": 200, "code": "fine", "permission": "user:view"}


@pytest.mark.parametrize("kind", [*kinds()], ids=lambda kind: kind.__name__)
def test_every_kind_says_all_that_the_contract_names(kind: type[DomainError]) -> None:
    body = told(kind()).body(RequestFactory().get("/api/v1/users/?token=secret"))

    assert CONTRACT <= set(body) <= CONTRACT | {"errors"}
    assert (body["status"], body["code"]) == (kind.status, kind.code)
    assert body["type"] == f"urn:identity-server:problem:{kind.code}"
    assert body["instance"] == "/api/v1/users/"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Unavailable(), "5"),
        (Unavailable(retry_after=30), "30"),
        (Unavailable(retry_after=0), "1"),
        (TooManyRequests(), "1"),
        (TooManyRequests(retry_after=59), "59"),
        (TooManyRequests(retry_after=-3), "1"),
        (drf.Throttled(wait=0.01), "1"),
        (drf.Throttled(wait=59.5), "60"),
        (errors.Conflict(retry_after=2), "2"),
        (errors.Conflict(), None),
        (errors.NotFound(), None),
        (errors.PermissionRefused(), None),
    ],
)
def test_the_time_to_come_again_is_a_whole_second_or_more(error: Exception, seconds: str | None) -> None:
    assert told(error).headers.get("Retry-After") == seconds


def test_what_else_a_refusal_tells_never_overrules_the_contract() -> None:
    body = told(Sly()).body(RequestFactory().get("/"))

    assert (body["status"], body["code"], body["permission"]) == (400, "invalid", "user:view")


def test_faults_are_listed_only_where_there_are_some() -> None:
    request = RequestFactory().get("/")
    fault = FieldError("place.city", "too_long", "Too long.")

    assert told(errors.Invalid(errors=[fault])).body(request)["errors"] == [
        {"field": "place.city", "code": "too_long", "detail": "Too long."}
    ]
    assert "errors" not in told(errors.Invalid()).body(request)


@pytest.mark.parametrize(
    ("detail", "fields"),
    [
        ({"title": ["Too long."]}, ["title"]),
        ({"place": {"city": ["Too long."]}}, ["place.city"]),
        ({"tags": [{}, {"name": ["Missing."]}]}, ["tags.1.name"]),
        ({"non_field_errors": ["Not both."]}, [""]),
        ({"place": {"non_field_errors": ["Not both."]}}, ["place"]),
        (["Not so."], [""]),
        ({"a": ["One.", "Two."], "b": ["Three."]}, ["a", "a", "b"]),
    ],
)
def test_a_fault_is_named_by_its_place_in_the_body(detail: Any, fields: list[str]) -> None:
    assert [fault.field for fault in told(drf.ValidationError(detail)).errors] == fields


def test_a_long_list_of_faults_is_summed_up_in_three() -> None:
    problem = told(drf.ValidationError({name: ["Missing."] for name in "abcdef"}))

    assert problem.detail == "a: Missing.; b: Missing.; c: Missing."
    assert len(problem.errors) == 6


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("password"), AssertionError(), StopIteration()])
def test_what_nobody_foresaw_is_left_to_the_one_who_logs_it(error: Exception) -> None:
    assert problem_of(error) is None


def test_identifiers_sort_as_they_were_made() -> None:
    made = [uuid7() for _ in range(1000)]

    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}


def test_an_error_of_a_subclass_is_told_as_its_own() -> None:
    class Busy(TooManyRequests):
        code = "too_busy"

    problem = told(Busy(retry_after=3))

    assert (problem.status, problem.code, problem.headers["Retry-After"]) == (429, "too_busy", "3")
