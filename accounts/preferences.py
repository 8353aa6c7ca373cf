"""The languages and time zones that a person may choose. Pure."""

import re
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def check_locale(text: str) -> None:
    """Raise Django's ValidationError unless this is a language tag (RFC 5646), as far as we know them."""
    if not LANGUAGE_TAG.fullmatch(text):
        raise ValidationError("This is not a language tag such as en or de-AT.", code="invalid")


def check_time_zone(text: str) -> None:
    """Raise Django's ValidationError unless this names a time zone."""
    if text not in time_zones():
        raise ValidationError("This is not a time zone such as Europe/Berlin.", code="invalid")


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
