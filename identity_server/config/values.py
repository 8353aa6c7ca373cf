"""The kinds of values that variables hold, each with the words for what is wrong with it. Pure."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, SecretStr

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)?")
HOST = re.compile(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
SHORTEST_SECRET = 50
LONGEST_PORT = 65535
OFF = "off"


def duration(text: object) -> object:
    """`90s`, `5m`, `14d`; a bare number counts seconds.

    >>> duration("5m")
    datetime.timedelta(seconds=300)
    """
    if not isinstance(text, str):
        return text
    found = DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("must be a duration: a number with ms, s, m, h or d")
    return timedelta(seconds=float(found[1]) * UNITS[found[2] or "s"])


def words(text: object) -> object:
    """What commas or blanks separate."""
    return tuple(re.split(r"[\s,]+", text.strip(" ,\n"))) if isinstance(text, str) else text


def networks(found: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(each, strict=False)) for each in found)
    except ValueError:
        raise ValueError("must be addresses or networks in CIDR notation, with commas between") from None


def hosts(found: tuple[str, ...]) -> tuple[str, ...]:
    if "*" in found:
        raise ValueError("must not be *, since links and tokens would then trust any Host header")
    if not all(HOST.fullmatch(each) for each in found):
        raise ValueError("must be host names without scheme, port or path, with commas between")
    return found


def origin(text: str) -> str:
    """`https://id.example.com`, without the slash at its end."""
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username:
        raise ValueError("must be the http or https address under which browsers reach this server")
    if url.path.strip("/") or url.query or url.fragment:
        raise ValueError("must be an origin: scheme, host and port without a path")
    return text.rstrip("/")


def is_local(url: str) -> bool:
    return urlsplit(url).hostname in LOCAL_HOSTS


def address(text: str) -> str:
    """`127.0.0.1:8000`, `[::1]:8000`."""
    host, _, port = text.rpartition(":")
    if not (HOST.fullmatch(host) and port.isdecimal() and 0 < int(port) <= LONGEST_PORT):
        raise ValueError("must be a host and a port")
    return text


def address_or_off(text: str) -> str:
    return text if text == OFF else address(text)


def strong(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < SHORTEST_SECRET or len(set(text)) < 10 or text.startswith("django-insecure-"):  # noqa: PLR2004
        raise ValueError(f"is too weak: it must be random and have {SHORTEST_SECRET} characters or more")
    return secret


def fernet_keys(found: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    try:
        for key in found:
            Fernet(key.get_secret_value())
    except ValueError:
        raise ValueError("must be Fernet keys (32 random bytes in URL-safe base64), the newest first") from None
    return found


def url_with(*schemes: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        url = _split(secret.get_secret_value())
        if url.scheme not in schemes:
            raise ValueError(f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return secret

    return AfterValidator(check)


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError("must be a URL; this one cannot be parsed") from None
    return url


Duration = Annotated[timedelta, BeforeValidator(duration)]
Words = Annotated[tuple[str, ...], BeforeValidator(words)]
Networks = Annotated[Words, AfterValidator(networks)]
Hosts = Annotated[Words, AfterValidator(hosts)]
Origin = Annotated[str, AfterValidator(origin)]
Address = Annotated[str, AfterValidator(address)]
AddressOrOff = Annotated[str, AfterValidator(address_or_off)]
Strong = Annotated[SecretStr, AfterValidator(strong)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(words)]
StrongSecrets = Annotated[tuple[Strong, ...], BeforeValidator(words)]
FernetKeys = Annotated[Secrets, AfterValidator(fernet_keys)]
