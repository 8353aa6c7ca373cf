"""The list of requests that hash: whole, and the same for every proxy that we hand out."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from identity_server.config.environment import PROJECT
from identity_server.hashing_paths import HASHING_PATHS

ROUTE = re.compile(r'^\s+"POST (\S+)" (\S+);$', re.MULTILINE)
DOORS = {"login", "password_change"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator().get_schema(request=None, public=True)
    return found


def takes_a_password(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    content = operation.get("requestBody", {}).get("content", {}).values()
    names = [media["schema"].get("$ref", "").rpartition("/")[2] for media in content]
    schemas = document["components"]["schemas"]
    return any("password" in schemas.get(name, {}).get("properties", {}) for name in names)


def test_each_request_of_the_api_that_takes_a_password_is_on_the_list(document: dict[str, Any]) -> None:
    found = {
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if takes_a_password(operation, document)
    }

    assert found == {("post", path) for path in HASHING_PATHS if path.startswith("/api/")}


def test_the_others_are_the_doors_of_the_staff_site() -> None:
    others = [path for path in HASHING_PATHS if not path.startswith("/api/")]

    assert {resolve(path).url_name for path in others} == DOORS


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-compose.conf"])
def test_each_proxy_gives_these_requests_and_no_other_to_the_processes_that_hash(name: str) -> None:
    routed = ROUTE.findall((PROJECT / "deploy" / name).read_text())

    assert sorted(path for path, _ in routed) == sorted(HASHING_PATHS)
    assert len({node for _, node in routed}) == 1


def test_compose_mounts_the_proxy_that_was_read_here() -> None:
    mounted = re.search(r"\./(deploy/\S+):/etc/nginx/nginx.conf:ro", (PROJECT / "docker-compose.yml").read_text())

    assert mounted
    assert Path(mounted[1]) == Path("deploy/nginx-compose.conf")
