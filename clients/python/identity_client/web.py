"""Speaking to the identity server: one origin, no redirects, answers of bounded size and time."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from identity_client.errors import VerifierUnavailable

MAX_BYTES = 16 * 1024 * 1024
CHUNK = 64 * 1024
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetch(Protocol):
    """One request: POST where there is a form, else GET. Any status is an answer; no answer is an OSError. Follows no redirect."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, timeout: float
    ) -> Answer: ...


def _straight() -> OpenerDirector:
    """An opener that knows no redirects, which would take the credential along, and no schemes but these two."""
    opener = OpenerDirector()
    refusing = (UnknownHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor)
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, *refusing):
        opener.add_handler(handler())
    return opener


_opener = _straight()


def fetch(url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, timeout: float) -> Answer:
    """The standard library's way. `timeout` is for all of it, so that a server that drips holds nobody."""
    deadline = time.monotonic() + timeout
    data = None if form is None else urlencode(form).encode()
    request = Request(url, data=data, headers=dict(headers))  # noqa: S310  `Server` lets only http and https come here
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return Answer(answer.status, _lowered(answer.headers), _body(answer, deadline))
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, _lowered(refusal.headers), b"")
    except HTTPException as fault:
        raise OSError(type(fault).__name__) from None


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _body(answer: HTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    while chunk := answer.read1(CHUNK):
        body += chunk
        if len(body) > MAX_BYTES or time.monotonic() > deadline:
            raise OSError("the answer is too long, or takes too long")
    return bytes(body)


class Server:
    """The identity server at its issuer's address. Nothing that it answers leads to another origin."""

    def __init__(self, issuer: str, *, fetch: Fetch, timeout: float, allow_http: bool = False) -> None:
        self.url = issuer.rstrip("/")
        self._origin = _origin_of(urlsplit(issuer))
        self._fetch, self._timeout = fetch, timeout
        scheme, host, _ = self._origin
        if not host or scheme not in PORTS or (scheme == "http" and not (allow_http or _is_loopback(host))):
            raise ValueError("the issuer must be an https:// address; http:// only on this machine, or with allow_http")

    def ask(self, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        """Any answer at all. `url` is a path, or an address that the server itself gave."""
        url = self.url + url if url.startswith("/") else url
        try:
            parts = urlsplit(url)
            if "@" in parts.netloc or _origin_of(parts) != self._origin:
                raise VerifierUnavailable("The identity server named an address that is not its own.")
            named = {"User-Agent": "identity-client", **headers}
            # As it was understood here, so that what is asked is what was looked at.
            return self._fetch(parts.geturl(), headers=named, form=form, timeout=self._timeout)
        except (OSError, ValueError) as fault:
            # The words of these may repeat a header, and with it the credential.
            raise VerifierUnavailable(f"The identity server gives no answer ({type(fault).__name__}).") from None


def document(answer: Answer, *, what: str) -> dict[str, Any]:
    """The JSON object in a good answer."""
    if answer.status != HTTPStatus.OK:
        raise VerifierUnavailable(f"The identity server answered {answer.status} for {what}.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise VerifierUnavailable(f"The identity server's answer for {what} cannot be read.")
    return found


def _origin_of(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
