"""What cannot stand stops the start, and says so in one line (security X51)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from identity_server.config.environment import PROJECT
from identity_server.config.faults import Fault
from identity_server.tests.conftest import PRODUCTION, Load

WRONG = [
    ("DEBUG", "perhaps", "boolean"),
    ("DATABASE_URL", "mysql://db/identity", "begins with postgresql://"),
    ("DATABASE_URL", "postgresql://db:port/identity", "cannot be parsed"),
    ("REDIS_URL", "localhost:6379", "begins with redis://"),
    ("BROKER_URL", "redis://localhost", "begins with amqp://"),
    ("EMAIL_URL", "mail.example.com", "begins with smtp://"),
    ("SECRET_KEY", "changeme", "too weak"),
    ("SECRET_KEY", "a" * 60, "too weak"),
    ("SECRET_KEY", f"django-insecure-{PRODUCTION['SECRET_KEY']}", "too weak"),
    ("ENCRYPTION_KEYS", "not-a-key", "Fernet"),
    ("ALLOWED_HOSTS", "*", "Host header"),
    ("ALLOWED_HOSTS", "https://id.example.com", "without scheme"),
    ("PUBLIC_URL", "id.example.com", "http or https"),
    ("PUBLIC_URL", "https://id.example.com/login", "without a path"),
    ("PUBLIC_URL", "https://root:secret@id.example.com", "http or https"),
    ("TRUSTED_PROXIES", "the-proxy", "CIDR"),
    ("METRICS_ALLOWED", "10.0.0.0/99", "CIDR"),
    ("METRICS_TOKEN", "short", "at least 16"),
    ("BIND", "8000", "a host and a port"),
    ("BIND", "127.0.0.1:80000", "a host and a port"),
    ("SIGN_IN_BIND", "on", "a host and a port"),
    ("HASHING_SLOTS", "0", "greater than or equal to 1"),
    ("HASHING_QUEUE", "-1", "greater than or equal to 0"),
    ("HASHING_WAIT", "1m", "less than or equal"),
    ("ACCESS_TOKEN_LIFETIME", "soon", "a duration"),
    ("ACCESS_TOKEN_LIFETIME", "1s", "greater than or equal"),
    ("ACCESS_TOKEN_LIFETIME", "2d", "less than or equal"),
    ("PASSWORD_MIN_LENGTH", "4", "greater than or equal to 8"),
    ("PASSWORD_MIN_SCORE", "five", "valid integer"),
    ("API_RATE_LIMIT", "a lot", "match pattern"),
    ("LOG_LEVEL", "LOUD", "'DEBUG'"),
]
CONTRADICTIONS = [
    ("ACCESS_TOKEN_LIFETIME", {"ACCESS_TOKEN_LIFETIME": "5m", "REFRESH_IDLE_LIFETIME": "5m"}),
    ("REFRESH_IDLE_LIFETIME", {"REFRESH_IDLE_LIFETIME": "30d", "REFRESH_ABSOLUTE_LIFETIME": "14d"}),
    ("SIGNING_KEY_LIFETIME", {"SIGNING_KEY_LIFETIME": "1h", "JWKS_CACHE": "1h"}),
    ("SESSION_RETENTION", {"SESSION_RETENTION": "1h", "ACCESS_TOKEN_LIFETIME": "2h"}),
    ("SIGN_IN_ACCOUNT_LIMIT", {"SIGN_IN_ACCOUNT_LIMIT": "50", "SIGN_IN_ADDRESS_LIMIT": "20"}),
    ("DATABASE_POOL_MIN", {"DATABASE_POOL_MIN": "20", "DATABASE_POOL_MAX": "10"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "example.org", "PUBLIC_URL": "https://id.example.com"}),
    ("BROKER_URL", {"BROKER_URL": "amqp://rabbitmq"}),
    ("SECRET_KEY", PRODUCTION | {"SECRET_KEY": ""}),
    ("ENCRYPTION_KEYS", PRODUCTION | {"ENCRYPTION_KEYS": ""}),
    ("PUBLIC_URL", PRODUCTION | {"PUBLIC_URL": ""}),
    ("PUBLIC_URL", PRODUCTION | {"PUBLIC_URL": "http://id.example.com"}),
    ("ALLOWED_HOSTS", PRODUCTION | {"ALLOWED_HOSTS": ""}),
    ("SIGN_IN_BIND", PRODUCTION | {"BIND": "127.0.0.1:8000", "SIGN_IN_BIND": "[::1]:8000"}),
    ("SIGN_IN_BIND", PRODUCTION | {"BIND": "127.0.0.1:65535"}),
    ("DEBUG", PRODUCTION | {"DEBUG": "true"}),
]


@pytest.mark.parametrize(("variable", "value", "words"), WRONG)
def test_a_wrong_value_is_told_by_its_variable_and_its_fault(
    variable: str, value: str, words: str, configured: Load
) -> None:
    with pytest.raises(Fault) as raised:
        configured(**{variable: value})

    assert str(raised.value).startswith(f"{variable} ")
    assert words in str(raised.value)


@pytest.mark.parametrize(("variable", "value", "_"), WRONG)
def test_a_fault_fits_on_a_line_and_shows_how_it_could_read(
    variable: str, value: str, _: str, configured: Load
) -> None:
    with pytest.raises(Fault) as raised:
        configured(**{variable: value})

    assert f"Example: {variable}=" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("variable", "variables"), CONTRADICTIONS)
def test_values_that_contradict_each_other_are_refused(
    variable: str, variables: dict[str, str], configured: Load
) -> None:
    with pytest.raises(Fault) as raised:
        configured(**variables)

    assert raised.value.variable == variable


@pytest.mark.parametrize("variable", ["SECRET_KEY", "ENCRYPTION_KEYS", "METRICS_TOKEN", "ADMIN_PASSWORD"])
def test_a_fault_never_shows_the_secret(variable: str, configured: Load) -> None:
    with pytest.raises(Fault) as raised:
        configured(**{variable: "hunter2"})

    assert "hunter2" not in str(raised.value)


def test_a_production_server_starts_with_what_it_must_be_given(configured: Load) -> None:
    assert not configured(**PRODUCTION).embedded


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"])
def test_production_may_be_tried_out_over_http_on_this_machine(url: str, configured: Load) -> None:
    assert configured(**PRODUCTION | {"PUBLIC_URL": url}).public_url == url


@pytest.mark.parametrize(
    ("given", "answers_at"),
    [
        ({}, "127.0.0.1:8001"),
        ({"BIND": "[::]:80"}, "[::]:81"),
        ({"SIGN_IN_BIND": "10.0.0.1:9000"}, "10.0.0.1:9000"),
        ({"SIGN_IN_BIND": "off"}, ""),
        ({"SIGN_IN_BIND": "off", "BIND": "127.0.0.1:65535"}, ""),
    ],
)
def test_production_signs_in_at_the_next_port_or_where_it_is_told(
    given: dict[str, str], answers_at: str, configured: Load
) -> None:
    assert configured(**PRODUCTION | given).sign_in_bind == answers_at


def test_the_embedded_server_has_no_second_address(configured: Load) -> None:
    assert configured(SIGN_IN_BIND="127.0.0.1:9000").sign_in_bind == ""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells which cores a process may use")
def test_one_password_is_hashed_for_each_core_if_nothing_else_is_said(configured: Load) -> None:
    assert configured().hashing_slots == len(os.sched_getaffinity(0))
    assert configured(HASHING_SLOTS="7").hashing_slots == 7


def test_a_domain_with_a_dot_before_it_allows_the_public_host_below_it(configured: Load) -> None:
    assert configured(**PRODUCTION | {"ALLOWED_HOSTS": ".example.com"}).allowed_hosts == [".example.com"]


@pytest.mark.live
@pytest.mark.parametrize("command", ["check", "migrate"])
def test_every_command_ends_with_that_line_and_nothing_else(command: str, tmp_path: Path) -> None:
    ended = _manage(command, ALLOWED_HOSTS="*", VAR_DIR=str(tmp_path))

    assert ended.returncode == 78
    assert ended.stdout == ""
    assert ended.stderr.startswith("identity-server: ALLOWED_HOSTS must not be *")
    assert ended.stderr.endswith("Example: ALLOWED_HOSTS=id.example.com\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.live
def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    ended = _manage("check", VAR_DIR=str(tmp_path / "file" / "var"))

    assert ended.stderr.startswith("identity-server: VAR_DIR cannot be used: Not a directory.")
    assert len(ended.stderr.splitlines()) == 1


def _manage(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": "", **variables}
    return subprocess.run(
        [sys.executable, "manage.py", command], cwd=PROJECT, env=clean, capture_output=True, text=True, check=False
    )
