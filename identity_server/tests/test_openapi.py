"""The OpenAPI document as it is served."""

import json
from typing import Any

import pytest
import yaml
from django.test import Client

from identity_server import openapi

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unwritten() -> None:
    openapi._written.clear()


def test_it_is_the_same_document_as_yaml_and_as_json(client: Client) -> None:
    as_yaml = client.get("/api/v1/schema/")
    as_json = client.get("/api/v1/schema/", headers={"Accept": "application/json"})

    assert yaml.safe_load(as_yaml.content) == json.loads(as_json.content)
    assert json.loads(as_json.content)["openapi"].startswith("3.1")
    assert "/api/v1/token/" in json.loads(as_json.content)["paths"]


@pytest.mark.parametrize("query", [{}, {"lang": "de"}, {"version": "x"}, {"format": "json"}])
def test_it_is_written_once(client: Client, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> None:
    first = client.get("/api/v1/schema/", query)
    asked: list[Any] = []
    monkeypatch.setattr(openapi.Document.generator_class, "get_schema", lambda *_, **__: asked.append(1))

    again = client.get("/api/v1/schema/", query)

    assert (again.status_code, again.content, again["Content-Type"]) == (200, first.content, first["Content-Type"])
    assert asked == []
