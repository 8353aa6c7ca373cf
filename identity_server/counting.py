"""How many requests there were of each kind, and how long they took."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("identity_http_requests", "Requests that were answered.", ["method", "route", "status"])
SECONDS = Histogram("identity_http_request_seconds", "From request to answer.", ["route"], buckets=BOUNDS)


def count(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    # Whatever a stranger makes up, a method or a path, must not become a series of its own.
    method = request.method if request.method in METHODS else "other"
    match = request.resolver_match
    requests, times = _counters(method or "other", match.route if match else "", response.status_code)
    requests.inc()
    times.observe(seconds)


@lru_cache(maxsize=4096)
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Found by their labels once in a process: Prometheus looks for longer than it counts."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)
