"""Who may read the metrics: an address that is allowed, or whoever shows the token."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from common.http.actors import client_address


def may_scrape(request: HttpRequest) -> bool:
    return _shows_token(request) or _is_allowed(request)


def _shows_token(request: HttpRequest) -> bool:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(settings.METRICS_TOKEN)
        and scheme.lower() == "bearer"
        and constant_time_compare(shown, settings.METRICS_TOKEN)
    )


def _is_allowed(request: HttpRequest) -> bool:
    # A proxy that nobody declared in TRUSTED_PROXIES would lend its own address, often a loopback one, to all the world.
    if not settings.TRUSTED_PROXIES and _is_forwarded(request):
        return False
    address = client_address(request)
    return address is not None and any(ip_address(address) in ip_network(each) for each in settings.METRICS_ALLOWED)


def _is_forwarded(request: HttpRequest) -> bool:
    return any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
