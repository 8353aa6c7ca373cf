"""Settings that contradict each other, or that leave something open in production. For `manage.py check --deploy`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django calls it so

from identity_server.broker import HARD_LIMIT


@register(Tags.security)
def access_dies_before_refresh(**_: Any) -> list[CheckMessage]:
    if settings.ACCESS_TOKEN_LIFETIME < settings.REFRESH_IDLE_LIFETIME <= settings.REFRESH_ABSOLUTE_LIFETIME:
        return []
    return [Error("A token outlives the one that it is renewed from.", id="identity_server.E001")]


@register()
def leases_outlive_tasks(**_: Any) -> list[CheckMessage]:
    if settings.DELIVERY_LEASE.total_seconds() > HARD_LIMIT:
        return []
    return [
        Warning(
            f"DELIVERY_LEASE does not exceed the {HARD_LIMIT} seconds that a task may run.",
            hint="A slow delivery will be taken from a worker that is still at it, and happen twice.",
            id="identity_server.W002",
        )
    ]


@register()
def static_files_are_collected(**_: Any) -> list[CheckMessage]:
    root = settings.STATIC_ROOT
    if not root or (Path(root) / "staticfiles.json").exists():
        return []
    return [
        Warning(
            "STATIC_ROOT holds no collected files.",
            hint="Run manage.py collectstatic, or leave STATIC_ROOT unset.",
            id="identity_server.W003",
        )
    ]


@register(deploy=True)
def nothing_is_left_embedded(**_: Any) -> Iterable[CheckMessage]:
    """A stand-in serves one machine, and mail that stays on it reaches nobody."""
    open_ends = {
        "DATABASE_URL": (settings.EMBEDDED, "W010"),
        "REDIS_URL": (not settings.CACHE_SHARED, "W011"),
        "BROKER_URL": (settings.BROKER_EMBEDDED, "W012"),
        "EMAIL_URL": (settings.EMAIL_BACKEND == "identity_server.mail.EmlBackend", "W013"),
        "TRUSTED_PROXIES": (settings.PUBLIC_URL.startswith("https:") and not settings.TRUSTED_PROXIES, "W014"),
    }
    for name, (is_open, number) in open_ends.items():
        if is_open:
            yield Warning(f"{name} is not set.", hint="See .env.example.", id=f"identity_server.{number}")
