"""The surface as a whole: cookies, headers, static files, the docs page, paths that lead nowhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from identity_server.config.environment import PROJECT
from identity_server.tests.conftest import PRODUCTION

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of a production server behind a trusted proxy."""
    folder = tmp_path_factory.mktemp("var")
    return _settings_of(PRODUCTION | {"TRUSTED_PROXIES": "10.0.0.0/8", "VAR_DIR": str(folder)})


def _settings_of(variables: dict[str, str]) -> dict[str, Any]:
    program = (
        "import json; from identity_server import settings as s;"
        "print(json.dumps({n: v for n, v in vars(s).items() if n.isupper()}, default=str))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.live
@pytest.mark.parametrize("name", ["SESSION_COOKIE", "CSRF_COOKIE"])
def test_cookies_cannot_be_read_sent_in_clear_or_set_by_neighbours(name: str, production: dict[str, Any]) -> None:
    assert production[f"{name}_NAME"].startswith("__Host-")
    assert production[f"{name}_SECURE"]
    assert production[f"{name}_HTTPONLY"]
    assert production[f"{name}_SAMESITE"] == "Lax"


def test_browsers_are_held_to_https(production: dict[str, Any]) -> None:
    assert production["SECURE_SSL_REDIRECT"]
    assert production["SECURE_HSTS_SECONDS"] >= 31_536_000


@pytest.mark.live
def test_the_scheme_is_believed_from_trusted_proxies_only(production: dict[str, Any], tmp_path: Path) -> None:
    alone = _settings_of(PRODUCTION | {"VAR_DIR": str(tmp_path)})

    assert production["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert "SECURE_PROXY_SSL_HEADER" not in alone
    assert not alone["SECURE_SSL_REDIRECT"]


def test_the_host_is_never_believed_from_a_proxy(production: dict[str, Any]) -> None:
    assert not production["USE_X_FORWARDED_HOST"]
    assert production["TOKEN_ISSUER"] == production["PUBLIC_URL"] == "https://id.example.com"


@pytest.mark.live
def test_people_log_lines_and_machines_log_json(production: dict[str, Any], tmp_path: Path) -> None:
    embedded = _settings_of({"VAR_DIR": str(tmp_path)})

    assert "JSONRenderer" in str(production["LOGGING"]["formatters"])
    assert "ConsoleRenderer" in str(embedded["LOGGING"]["formatters"])


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    answer = client.get("/api/v1/docs/", headers={"Host": "evil.example.org"})

    assert answer.status_code == 400


def test_the_docs_page_loads_nothing_from_outside(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()

    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) >= 4
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)


def test_what_the_docs_page_loads_is_there(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()

    for source in re.findall(r'(?:src|href)="([^"]+)"', page):
        answer = client.get(source)
        assert answer.status_code == 200, source
        answer.close()


def test_openapi_is_version_3_1_and_names_our_paths(client: Client) -> None:
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/token/", "/api/v1/events/", "/.well-known/jwks.json"} <= set(schema["paths"])


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/nowhere/", "/access/v1/nowhere"])
def test_a_path_that_leads_nowhere_is_a_problem_to_programs(path: str, client: Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_and_a_page_to_people(client: Client) -> None:
    answer = client.get("/nowhere")

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
