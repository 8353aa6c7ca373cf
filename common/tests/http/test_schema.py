from functools import cache
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from common.http.refusals import REFUSALS
from common.tests.http.urls import urlpatterns

NOTE = "/api/v1/notes/{note}/"


@cache
def schema() -> dict[str, Any]:
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator(patterns=urlpatterns).get_schema(request=None, public=True)
    return found


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = schema()["paths"][path][method]
    return found


def parameters(path: str, method: str) -> dict[str, dict[str, Any]]:
    return {found["name"]: found["schema"] for found in operation(path, method).get("parameters", ())}


def test_the_description_is_valid_openapi_3_1() -> None:
    assert schema()["openapi"].startswith("3.1")
    validate_schema(schema())  # type: ignore[no-untyped-call]  # drf-spectacular's own


def test_nothing_in_it_had_to_be_guessed() -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--urlconf", "common.tests.http.urls", stdout=StringIO()
    )


@pytest.mark.parametrize(
    ("path", "method", "need"),
    [
        (NOTE, "get", "note:view"),
        (NOTE, "patch", "self"),
        ("/api/v1/echo/", "get", "public"),
        ("/api/v1/tasks/", "get", "task:view"),
    ],
)
def test_each_operation_names_what_it_needs(path: str, method: str, need: str) -> None:
    found = operation(path, method)

    assert found["x-required-permission"] == need
    assert found.get("security") == (None if need == "public" else [{"bearer": []}])


def test_what_is_closed_to_everybody_is_not_described() -> None:
    assert "put" not in schema()["paths"][NOTE]


def test_bearer_is_the_only_way_in() -> None:
    schemes = schema()["components"]["securitySchemes"]

    assert [(name, scheme["scheme"]) for name, scheme in schemes.items()] == [("bearer", "bearer")]


@pytest.mark.parametrize(
    ("path", "method", "refusals"),
    [
        ("/api/v1/echo/", "get", {400, 429, 503}),
        ("/api/v1/echo/", "post", {400, 409, 413, 415, 429, 503}),
        ("/api/v1/hurried/", "delete", {400, 401, 429, 503}),
        ("/api/v1/notes/", "post", {400, 401, 403, 409, 413, 415, 429, 503}),
        (NOTE, "get", {400, 401, 403, 404, 429, 503}),
        (NOTE, "patch", {400, 401, 403, 404, 409, 412, 413, 415, 429, 503}),
        (NOTE, "delete", {400, 401, 403, 404, 412, 429, 503}),
    ],
)
def test_each_operation_tells_how_it_refuses(path: str, method: str, refusals: set[int]) -> None:
    answers = operation(path, method)["responses"]

    told = {int(status): answer for status, answer in answers.items() if int(status) >= 400}
    assert set(told) == refusals
    assert all(told[status] == {"$ref": f"#/components/responses/{REFUSALS[status][0]}"} for status in refusals)


def test_a_refusal_is_a_problem() -> None:
    refusal = schema()["components"]["responses"]["TooManyRequests"]

    assert refusal["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "Retry-After" in refusal["headers"]


def test_headers_are_named_where_they_count() -> None:
    assert "Idempotency-Key" in parameters("/api/v1/notes/", "post")
    assert "Idempotency-Key" not in parameters("/api/v1/echo/", "post")
    assert "If-Match" in parameters(NOTE, "patch")
    assert "If-Match" not in parameters(NOTE, "get")
    assert "If-Match" not in parameters("/api/v1/hurried/", "delete")


def test_a_list_tells_its_envelope_filters_and_orders() -> None:
    found = parameters("/api/v1/tasks/", "get")

    assert set(found) == {"cursor", "page_size", "search", "ordering", "name", "id", "status", "is_anonymous"}
    assert found["status"]["enum"] == ["SUCCESS", "FAILURE"]
    assert found["is_anonymous"] == {"type": "boolean"}
    assert "-task_name" in found["ordering"]["enum"]
    envelope = schema()["components"]["schemas"]["PaginatedTaskRowList"]
    assert envelope["required"] == ["next", "previous", "results"]


def test_operation_ids_say_method_and_path_and_are_all_different() -> None:
    ids = [found["operationId"] for methods in schema()["paths"].values() for found in methods.values()]

    assert {"get_tasks", "post_notes", "patch_notes_note"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_description_is_of_this_operation_and_never_inherited() -> None:
    assert operation("/api/v1/tasks/", "get")["description"] == "The rows of a table with ties and blanks in it."
    assert "description" not in operation(NOTE, "get")
