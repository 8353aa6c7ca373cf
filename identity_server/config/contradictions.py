"""Values that are right alone and wrong together. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from identity_server.config.faults import Fault
from identity_server.config.groups import Groups
from identity_server.config.values import LOCAL_HOSTS, LONGEST_PORT, OFF, is_local


def faults(groups: Groups) -> Iterator[Fault]:
    yield from _lifetimes(groups)
    yield from _hosts(groups)
    yield from (_production if groups.production else _embedded)(groups)


def _lifetimes(groups: Groups) -> Iterator[Fault]:
    tokens, security = groups.tokens, groups.security
    if tokens.access_token_lifetime >= tokens.refresh_idle_lifetime:
        yield Fault("ACCESS_TOKEN_LIFETIME", "must be shorter than REFRESH_IDLE_LIFETIME", "5m")
    if tokens.refresh_idle_lifetime > tokens.refresh_absolute_lifetime:
        yield Fault("REFRESH_IDLE_LIFETIME", "must not exceed REFRESH_ABSOLUTE_LIFETIME", "14d")
    if tokens.signing_key_lifetime <= tokens.jwks_cache + tokens.access_token_lifetime:
        yield Fault("SIGNING_KEY_LIFETIME", "must exceed JWKS_CACHE and ACCESS_TOKEN_LIFETIME together", "30d")
    if tokens.session_retention < tokens.access_token_lifetime:
        yield Fault("SESSION_RETENTION", "must not be shorter than ACCESS_TOKEN_LIFETIME", "7d")
    if security.sign_in_account_limit > security.sign_in_address_limit:
        yield Fault("SIGN_IN_ACCOUNT_LIMIT", "must not exceed SIGN_IN_ADDRESS_LIMIT", "10")
    if groups.database.database_pool_min > groups.database.database_pool_max:
        yield Fault("DATABASE_POOL_MIN", "must not exceed DATABASE_POOL_MAX", "1")


def _hosts(groups: Groups) -> Iterator[Fault]:
    public, allowed = groups.server.public_url, groups.server.allowed_hosts
    if public and allowed and not _allows(allowed, urlsplit(public).hostname or ""):
        yield Fault("ALLOWED_HOSTS", "must hold the host of PUBLIC_URL", urlsplit(public).hostname or "")


def _allows(allowed: tuple[str, ...], host: str) -> bool:
    return host in LOCAL_HOSTS or any(
        host == each.strip("[]").lower() or (each.startswith(".") and f".{host}".endswith(each.lower()))
        for each in allowed
    )


def _embedded(groups: Groups) -> Iterator[Fault]:
    if groups.broker.broker_url:
        yield Fault(
            "BROKER_URL",
            "is given without DATABASE_URL: workers on other machines would not see the embedded database",
            groups.broker.example_of("broker_url"),
        )


def _ports(groups: Groups) -> Iterator[Fault]:
    port, sign_in = groups.server.bind.rpartition(":")[2], groups.server.sign_in_bind
    if sign_in and sign_in.endswith(f":{port}"):
        yield Fault("SIGN_IN_BIND", "must have another port than BIND", "127.0.0.1:8001")
    if sign_in is None and int(port) == LONGEST_PORT:
        yield Fault("SIGN_IN_BIND", "must be given, since there is no port after that of BIND", OFF)


def _production(groups: Groups) -> Iterator[Fault]:
    yield from _ports(groups)
    security, server = groups.security, groups.server
    needed = {"secret_key": security, "encryption_keys": security, "public_url": server, "allowed_hosts": server}
    for name, group in needed.items():
        if not getattr(group, name):
            yield Fault(name.upper(), "must be given in production (DATABASE_URL is set)", group.example_of(name))
    if server.debug:
        yield Fault("DEBUG", "must be off in production (DATABASE_URL is set): it shows secrets to strangers", "false")
    if server.public_url and server.public_url.startswith("http:") and not is_local(server.public_url):
        yield Fault(
            "PUBLIC_URL", "must be https in production: over http, tokens are read on the way", "https://id.example.com"
        )
