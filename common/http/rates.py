"""Rate limits as HTTP tells them: draft-ietf-httpapi-ratelimit-headers-10, in structured fields (RFC 9651)."""

from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings
from rest_framework.request import Request

from common.errors import TooManyRequests
from common.http.actors import caller_of
from common.throttle import Budget, Limit, spend_each


def spend_all(request: Request, limits: Sequence[Limit]) -> list[Budget]:
    """One from each budget of this caller."""
    return spend_each(limits, caller_of(request))


def default_limit() -> Limit:
    return _parsed(settings.API_RATE_LIMIT)


@lru_cache(maxsize=4)
def _parsed(rate: str) -> Limit:
    return Limit.parse("api", rate)


def refuse_spent(budgets: Sequence[Budget]) -> None:
    wait = max((budget.reset_seconds for budget in budgets if not budget.allowed), default=None)
    if wait is not None:
        raise TooManyRequests(f"Try again in {wait} seconds.", retry_after=wait)


def headers(budgets: Sequence[Budget]) -> dict[str, str]:
    if not budgets:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{b.limit.name}";q={b.limit.count};w={b.limit.per_seconds}' for b in budgets),
        "RateLimit": ", ".join(f'"{b.limit.name}";r={b.remaining};t={b.reset_seconds}' for b in budgets),
    }
