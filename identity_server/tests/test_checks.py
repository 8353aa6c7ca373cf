"""Settings that contradict each other, as Django's system checks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from identity_server import checks

OPEN_ENDS = {
    "identity_server.W010": {"EMBEDDED": True},
    "identity_server.W011": {"CACHE_SHARED": False},
    "identity_server.W012": {"BROKER_EMBEDDED": True},
    "identity_server.W013": {"EMAIL_BACKEND": "identity_server.mail.EmlBackend"},
    "identity_server.W014": {"PUBLIC_URL": "https://id.example.com", "TRUSTED_PROXIES": []},
}
CLOSED = {
    "EMBEDDED": False,
    "CACHE_SHARED": True,
    "BROKER_EMBEDDED": False,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "PUBLIC_URL": "https://id.example.com",
    "TRUSTED_PROXIES": ["10.0.0.0/8"],
}


def given(settings: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def test_the_settings_of_the_tests_contradict_nothing() -> None:
    assert checks.access_dies_before_refresh() == []
    assert checks.leases_outlive_tasks() == []
    assert checks.static_files_are_collected() == []


@pytest.mark.parametrize(
    ("name", "life"),
    [("ACCESS_TOKEN_LIFETIME", timedelta(days=20)), ("REFRESH_ABSOLUTE_LIFETIME", timedelta(days=1))],
)
def test_no_token_outlives_the_one_that_renews_it(name: str, life: timedelta, settings: Any) -> None:
    setattr(settings, name, life)

    (error,) = checks.access_dies_before_refresh()
    assert error.id == "identity_server.E001"


def test_a_lease_shorter_than_a_task_is_told(settings: Any) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=5)

    (warning,) = checks.leases_outlive_tasks()
    assert warning.id == "identity_server.W002"


def test_a_folder_for_static_files_without_any_is_told(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path

    (warning,) = checks.static_files_are_collected()
    assert warning.id == "identity_server.W003"


def test_collected_files_are_found(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}")

    assert checks.static_files_are_collected() == []


@pytest.mark.parametrize(("number", "values"), OPEN_ENDS.items())
def test_what_is_left_embedded_in_production_is_told(number: str, values: dict[str, Any], settings: Any) -> None:
    given(settings, CLOSED | values)

    assert number in {warning.id for warning in checks.nothing_is_left_embedded()}


def test_a_whole_production_is_told_nothing(settings: Any) -> None:
    given(settings, CLOSED)

    assert list(checks.nothing_is_left_embedded()) == []
