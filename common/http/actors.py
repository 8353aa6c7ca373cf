"""Who asks, read from a request: the signed-in person, her address as a trusted proxy tells it, the request's id."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from common import text
from common.actors import Actor, ActorKind
from common.networks import network_of

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def actor_of(request: Request | HttpRequest) -> Actor:
    user: Any = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return Actor(
        kind=getattr(user, "actor_kind", ActorKind.USER) if known else ActorKind.ANONYMOUS,
        id=user.pk if known else None,
        label=str(user.pk) if known else "",
        ip=client_address(request),
        user_agent=text.printable(request.META.get("HTTP_USER_AGENT", ""), limit=300),
        request_id=request_id_of(request),
        session_id=getattr(getattr(request, "auth", None), "session_id", None),
        bounds=getattr(user, "bounds", None) if known else None,
        session_roles=getattr(user, "session_roles", None) if known else None,
    )


def caller_of(request: Request | HttpRequest) -> str:
    """Whom limits and remembered answers count as one: a person or machine, or a stranger's network."""
    user: Any = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"{getattr(user, 'actor_kind', ActorKind.USER)}:{user.pk}"
    address = client_address(request)
    return f"{ActorKind.ANONYMOUS}:{_network_of(address) if address else None}"


_network_of = lru_cache(maxsize=1024)(network_of)


def request_id_of(request: Request | HttpRequest) -> str:
    return getattr(request, "request_id", "")


def client_address(request: Request | HttpRequest) -> str | None:
    """The address nearest to us that is not one of our proxies.

    `X-Forwarded-For` is read from its end and only as far as `TRUSTED_PROXIES` vouch for it. What cannot be read ends
    the walk at the last proxy, so junk in the header never buys a fresh address.
    """
    found = _parsed(request.META.get("REMOTE_ADDR", ""))
    for said in _forwarded(request):
        if found is None or not _is_trusted(found):
            break
        nearer = _parsed(said)
        if nearer is None:
            break
        found = nearer
    return str(found) if found else None


def _forwarded(request: Request | HttpRequest) -> Iterator[str]:
    return reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(","))


@lru_cache(maxsize=1024)
def _parsed(said: str) -> Address | None:
    # Some proxies add the port: 203.0.113.7:4711 or [2001:db8::7]:4711.
    host = said.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found: Any = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    unmapped: Address = getattr(found, "ipv4_mapped", None) or found
    return unmapped


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))
