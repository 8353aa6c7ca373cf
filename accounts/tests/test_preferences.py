import pytest
from django.core.exceptions import ValidationError

from accounts import preferences


@pytest.mark.parametrize("tag", ["en", "de-AT", "zh-Hant-TW", "es-419", "gsw"])
def test_a_language_tag_passes(tag: str) -> None:
    preferences.check_locale(tag)


@pytest.mark.parametrize("tag", ["", "e", "EN", "en_GB", "klingon", "../../etc", "en\n"])
def test_anything_else_is_no_language(tag: str) -> None:
    with pytest.raises(ValidationError):
        preferences.check_locale(tag)


@pytest.mark.parametrize("name", ["UTC", "Europe/Vienna", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_passes(name: str) -> None:
    preferences.check_time_zone(name)


@pytest.mark.parametrize("name", ["", "utc", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "posix"])
def test_anything_else_is_no_time_zone(name: str) -> None:
    with pytest.raises(ValidationError):
        preferences.check_time_zone(name)
