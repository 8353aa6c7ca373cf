"""What the server hands out as proof: access and refresh tokens, as classes of SimpleJWT on our ring of keys.

Each kind has its own `typ` and its own audience, so one can never pass for the other, here or at any verifier that follows
RFC 9068. A token is made from a session and read back from a string; both take the time from the caller.
"""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.tokens import Token

from tokens.errors import TokenNotValid
from tokens.models import ServiceCredential, Session
from tokens.rotation import Presented
from tokens.signing import RingBackend, header_of

REFRESH_PATH = "/api/v1/token/refresh/"
# Keeps the whole token below 4 kB. Who holds more roles than fit asks for decisions instead.
ROLES_BYTES = 2000
# Good for whatever its holder may; any other scope is patterns that this is cut down to.
FIRST_PARTY_SCOPE = "api"


@lru_cache(maxsize=32)
def _backend(typ: str, issuer: str, audience: str, algorithm: str) -> RingBackend:
    return RingBackend(typ, issuer=issuer, audience=audience, algorithm=algorithm)


class Proof(Token):
    """A token of ours. `Proof(raw, at=…)` is checked or `TokenNotValid`; `str(proof)` signs one that was made."""

    typ: ClassVar[str]
    token_type = "proof"  # noqa: S105  SimpleJWT wants a name; the type that counts is the header's
    lifetime = timedelta(0)

    def __init__(self, token: Any = None, verify: bool = True, *, at: datetime | None = None) -> None:
        del verify  # SimpleJWT's signature; what was not checked is not a proof
        self.token = token
        self.current_time = at or timezone.now()
        self.payload: dict[str, Any] = {}
        if token is not None:
            self.payload = self.get_token_backend().read(token, at=self.current_time)
            self.verify()

    def verify(self) -> None:
        """What every kind must carry and the signature does not say by itself."""
        try:
            self.session_id = UUID(self.payload["sid"])
            self.user_id = UUID(self.payload["sub"])
            self.client_id = str(self.payload["client_id"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TokenNotValid from None

    def get_token_backend(self) -> RingBackend:
        return _backend(self.typ, settings.TOKEN_ISSUER, self.audience(), settings.SIGNING_ALGORITHM)

    @classmethod
    def audience(cls) -> str:
        return str(settings.TOKEN_AUDIENCE)

    @classmethod
    def _of_session(cls, session: Session, claims: dict[str, Any], *, begins: datetime, ends: datetime) -> Self:
        whose = {"sub": str(session.user_id), "sid": str(session.pk), "client_id": session.client_id}
        return cls._made(whose, claims, begins=begins, ends=ends)

    @classmethod
    def _made(cls, whose: dict[str, str], claims: dict[str, Any], *, begins: datetime, ends: datetime) -> Self:
        proof = cls(at=begins)
        born = int(begins.timestamp())
        times = {"iat": born, "nbf": born, "exp": int(ends.timestamp())}
        proof.payload = whose | times | claims
        return proof


class AccessToken(Proof):
    """RFC 9068. Says who, in which session, how and when she signed in, and her roles everywhere (`/`) when it was made."""

    typ = "at+jwt"

    @classmethod
    def of(cls, session: Session, *, roles: list[str], at: datetime) -> Self:
        claims = {
            "jti": uuid4().hex,
            "scope": FIRST_PARTY_SCOPE,
            "auth_time": int(session.authenticated_at.timestamp()),
            "amr": session.amr,
            "acr": acr_of(session.amr),
        }
        ends = min(at + settings.ACCESS_TOKEN_LIFETIME, session.expires_at)
        return cls._of_session(session, claims | _roles_claim(roles), begins=at, ends=ends)

    @classmethod
    def of_machine(cls, credential: ServiceCredential, *, scope: str, roles: list[str], at: datetime) -> Self:
        """Its `sub` is its `client_id` and its `sid` the credential's epoch. Nobody signed in, so nothing says when or how."""
        machine = str(credential.service_account_id)
        whose = {"sub": machine, "sid": str(credential.epoch), "client_id": machine}
        ends = at + settings.ACCESS_TOKEN_LIFETIME
        claims = {"jti": uuid4().hex, "scope": scope, **_roles_within(scope, roles)}
        return cls._made(whose, claims, begins=at, ends=min(ends, credential.expires_at or ends))


class RefreshToken(Proof):
    """One link of a session's chain. All of it follows from the row, so the same link can be made again for a lost answer."""

    typ = "rt+jwt"

    @classmethod
    def of(cls, session: Session) -> Self:
        counter = session.refresh_counter
        claims = {"jti": uuid5(session.pk, str(counter)).hex, "counter": counter}
        return cls._of_session(session, claims, begins=session.rotated_at, ends=session.idle_expires_at)

    @classmethod
    def audience(cls) -> str:
        return f"{settings.TOKEN_AUDIENCE}{REFRESH_PATH}"

    def verify(self) -> None:
        super().verify()
        counter = self.payload.get("counter")
        if type(counter) is not int:
            raise TokenNotValid
        self.counter: int = counter

    @property
    def presented(self) -> Presented:
        return Presented(counter=self.counter, user_id=self.user_id, client_id=self.client_id)


def read(raw: str, *, at: datetime) -> AccessToken | RefreshToken:
    """The token of either kind, as its own header says and the signature must then bear out."""
    kind = RefreshToken if header_of(raw).get("typ") == RefreshToken.typ else AccessToken
    return kind(raw, at=at)


def acr_of(amr: list[str]) -> str:
    """The assurance of a sign-in (NIST SP 800-63B): `aal2` when a second factor took part, by RFC 8176's `mfa`."""
    return "aal2" if "mfa" in amr else "aal1"


def _roles_claim(roles: list[str]) -> dict[str, Any]:
    if len(json.dumps(roles)) > ROLES_BYTES:
        return {"roles": [], "roles_omitted": True}
    return {"roles": roles}


def _roles_within(scope: str, roles: list[str]) -> dict[str, Any]:
    # A verifier that goes by the names of roles would give more than a narrow scope is good for.
    return _roles_claim(roles) if scope == FIRST_PARTY_SCOPE else {"roles": [], "roles_omitted": True}
