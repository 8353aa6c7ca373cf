"""An identity server that is not there: its keys, its feed and the clock, in the hands of the test."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from identity_client import Answer, Clock, Verifier

ISSUER = "https://id.example.org"
NOON = int(datetime(2030, 1, 1, 12, tzinfo=UTC).timestamp())
ALICE = "0190a000-0000-7000-8000-000000000001"
SESSION = "0190a000-0000-7000-8000-00000000000a"
OTHER_SESSION = "0190a000-0000-7000-8000-00000000000b"
CREDENTIAL = "idk_of-this-service"
LIFE = 300


class Asked(NamedTuple):
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None


class SigningKey:
    def __init__(self, algorithm: str = "ES256", private: Any = None) -> None:
        self.algorithm = algorithm
        self.private = private or MAKE[algorithm]()
        public = jwt.get_algorithm_by_name(algorithm).to_jwk(self.private.public_key(), as_dict=True)
        digest = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).digest()
        self.kid = urlsafe_b64encode(digest).decode().rstrip("=")
        self.jwk = {**public, "use": "sig", "alg": algorithm, "kid": self.kid}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        return jwt.encode(claims, self.private, self.algorithm, {"typ": "at+jwt", "kid": self.kid, **header})


def _ec() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def _rsa() -> Any:
    return rsa.generate_private_key(65537, 2048)


MAKE: dict[str, Any] = {"ES256": _ec, "RS256": _rsa, "EdDSA": ed25519.Ed25519PrivateKey.generate}
OLD, NEW, STRANGER = SigningKey(), SigningKey(), SigningKey()


def iso(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def claims(**changed: Any) -> dict[str, Any]:
    times = {"iat": NOON, "nbf": NOON, "exp": NOON + LIFE}
    who = {"iss": ISSUER, "aud": ISSUER, "sub": ALICE, "sid": SESSION, "client_id": "web", "jti": "one"}
    said = {"scope": "api invoices", "roles": ["clerk"], "auth_time": NOON, "amr": ["pwd"], "acr": "aal1"}
    return {name: value for name, value in (who | times | said | changed).items() if value is not ...}


def token(key: SigningKey = OLD, **changed: Any) -> str:
    return key.sign(claims(**changed))


def session(sid: str = SESSION, **changed: Any) -> dict[str, Any]:
    return {"type": "session", "sid": sid, "revoked_at": iso(NOON), "expires_at": iso(NOON + LIFE)} | changed


def subject(not_before: float, **changed: Any) -> dict[str, Any]:
    times = {"not_before": iso(not_before), "revoked_at": iso(NOON), "expires_at": iso(NOON + LIFE)}
    return {"type": "subject", "sub": ALICE} | times | changed


def signing_key(kid: str) -> dict[str, Any]:
    return {"type": "signing_key", "kid": kid, "revoked_at": iso(NOON), "expires_at": iso(NOON + LIFE)}


class FakeServer:
    """Is the `Fetch` too. `answers` overrides what a path answers; `down` refuses every connection."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys or (OLD,))
        self.cache_control = "public, max-age=300"
        self.entries: list[dict[str, Any]] = []
        self.page_size = 100
        self.credentials = {CREDENTIAL}
        self.answers: dict[str, Answer] = {}
        self.down = False
        self.asked: list[Asked] = []
        self.wall, self.steady = float(NOON), 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: self.wall, steady=lambda: self.steady)

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def times_asked(self, path: str) -> int:
        return sum(urlsplit(asked.url).path == path for asked in self.asked)

    def verifier(self, *, polled: bool = True, **options: Any) -> Verifier:
        """One whose thread the test itself is."""
        given = {"credential": CREDENTIAL, "fetch": self, "clock": self.clock, **options}
        made = Verifier(ISSUER, **given)
        made.stop()
        if polled:
            made.poll()
        return made

    def __call__(
        self, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, timeout: float
    ) -> Answer:
        self.asked.append(Asked(url, headers, form))
        if self.down:
            raise ConnectionRefusedError(headers.get("Authorization"))
        path = urlsplit(url).path
        return self.answers.get(path) or getattr(self, ROUTES[path])(self.asked[-1])

    def jwks(self, _: Asked) -> Answer:
        return answer({"keys": [key.jwk for key in self.keys]}, cache_control=self.cache_control)

    def token(self, _: Asked) -> Answer:
        bought = f"bought-{self.times_asked('/oauth2/token')}"
        self.credentials.add(bought)
        return answer({"access_token": bought, "token_type": "Bearer", "expires_in": LIFE})

    def feed(self, asked: Asked) -> Answer:
        if asked.headers["Authorization"].removeprefix("Bearer ") not in self.credentials:
            return answer({}, status=401)
        since = int(parse_qs(urlsplit(asked.url).query).get("since", ["0"])[0])
        until = min(since + self.page_size, len(self.entries))
        more = f"{ISSUER}/api/v1/revocations/?since={until}" if until < len(self.entries) else None
        return answer({"results": self.entries[since:until], "cursor": str(until), "next": more})


class Slow(FakeServer):
    """Holds its answers back until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.was_asked, self._go_on = Event(), Event()

    def hurry(self) -> None:
        self._go_on.set()

    def tarry(self) -> None:
        self._go_on.clear()
        self.was_asked.clear()

    def __call__(self, url: str, **named: Any) -> Answer:
        self.waiting += 1
        self.was_asked.set()
        assert self._go_on.wait(10)
        return super().__call__(url, **named)


ROUTES = {"/.well-known/jwks.json": "jwks", "/oauth2/token": "token", "/api/v1/revocations/": "feed"}
JWKS, TOKEN, FEED = ROUTES


def answer(body: object, *, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode())
