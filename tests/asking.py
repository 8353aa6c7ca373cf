"""Every operation of the API, read from its routes, and bodies and queries for each, read from its OpenAPI document."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from django.urls import URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from common.http.permissions import PUBLIC
from common.http.views import ApiView
from tests.two_places import MARK, THERE, World

METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
UNSENT = {"cursor", "page_size"}


class Operation(NamedTuple):
    method: str
    pattern: str
    view: Any

    @property
    def need(self) -> str:
        return str(self.view.needs[self.method.upper()])

    def path(self, world: World) -> str:
        return PARAMETER.sub(lambda found: world.named[found[1]], self.pattern)

    def documented(self) -> dict[str, Any]:
        found: dict[str, Any] = document()["paths"].get(PARAMETER.sub(r"{\1}", self.pattern), {}).get(self.method, {})
        return found


def operations() -> list[Operation]:
    """All but those that are open to strangers."""
    found = [
        Operation(method, path, view)
        for path, view in _views(get_resolver(), "/")
        for method in METHODS
        if hasattr(view, method)
    ]
    return [one for one in found if one.need != PUBLIC]


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, path)
        elif issubclass(getattr(entry.callback, "cls", object), ApiView):
            yield path, entry.callback.cls  # type: ignore[attr-defined]  # as was just seen


@cache
def document() -> Any:
    return json.loads(APIClient().get("/api/v1/schema/", headers={"Accept": "application/json"}).content)


def queries(operation: Operation, world: World) -> Iterator[str]:
    """None, and each parameter that the operation knows, asking for what lies there."""
    yield ""
    for one in operation.documented().get("parameters", []):
        if one["in"] == "query" and one["name"] not in UNSENT:
            yield f"?{one['name']}={_value(one['name'], one['schema'], world)}"


def bodies(operation: Operation, world: World) -> Iterator[dict[str, Any]]:
    """What is required; that, with each of what is optional; and all at once: each aimed at what lies there."""
    schema = _resolved(_schema_of(operation))
    said = {name: _value(name, kind, world) for name, kind in schema.get("properties", {}).items()}
    least = {name: said[name] for name in schema.get("required", ())}
    yield least
    for name in said.keys() - least.keys():
        yield {**least, name: said[name]}
    yield said


def _schema_of(operation: Operation) -> dict[str, Any]:
    content = operation.documented().get("requestBody", {}).get("content", {})
    found: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document()["components"]["schemas"][name] if name else schema
    return found


def _value(name: str, schema: dict[str, Any], world: World) -> Any:
    named = world.named
    aimed = {
        **{noun: named.get(f"{noun}_id") for noun in ("user", "group", "role", "session", "assignment", "permission")},
        "service_account": named["account_id"],
        "member": named["user_id"],
        "subject": named["user_id"],
        "extends": named["assignment_id"],
        "actor": named["user_id"],
        "requester": named["user_id"],
        "roles": [named["role_id"]],
        "inherits": [named["role_id"]],
        "ids": [named["session_id"]],
        "permissions": ["rocket:launch"],
        "scope": THERE,
        "within": THERE,
        "email": f"boss@{MARK}.example",
        "search": MARK,
        "url": "https://example.org/",
    }
    return aimed[name] if name in aimed else _of_type(schema, world)


def _of_type(schema: dict[str, Any], world: World) -> Any:
    kind = _resolved(schema)
    if "enum" in kind:
        return kind["enum"][0]
    if kind.get("format") in {"uuid", "date-time"}:
        return world.named["user_id"] if kind["format"] == "uuid" else (timezone.now() + timedelta(hours=1)).isoformat()
    simple = {"boolean": True, "integer": 1, "number": 1, "array": [], "object": {}}
    types = kind.get("type", "")
    return simple.get(types if isinstance(types, str) else types[0], "a-fresh-value-of-ours")
