"""Questions about tokens and sessions, answered from the database as it is now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from tokens import proofs
from tokens.errors import TokenNotValid
from tokens.liveness import ending_of
from tokens.models import Session
from tokens.proofs import AccessToken, Proof, RefreshToken
from tokens.rotation import judge


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a valid access token, in which session. What `request.auth` is."""

    session: Session
    token: AccessToken

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def session_id(self) -> UUID:
        return self.session.pk

    @property
    def claims(self) -> dict[str, object]:
        return self.token.payload


def check(raw: str, *, at: datetime) -> None:
    """`TokenNotValid` unless this access or refresh token could be used at `at`. Changes nothing, whatever is presented."""
    proof = proofs.read(raw, at=at)
    session = _session_of(proof, at=at)
    if isinstance(proof, RefreshToken):
        verdict = judge(proof.presented, session, grace=settings.REFRESH_GRACE, at=at)
        if not verdict.gives_tokens:
            raise TokenNotValid


def bearer_of(raw: str, *, at: datetime) -> Bearer:
    """Who presents this access token. One query, so that a session or a user that ended a moment ago is seen to have ended."""
    token = AccessToken(raw, at=at)
    return Bearer(_session_of(token, at=at), token)


def _session_of(proof: Proof, *, at: datetime) -> Session:
    try:
        session = Session.objects.select_related("user").get(pk=proof.session_id, user=proof.user_id)
    except Session.DoesNotExist:
        raise TokenNotValid from None
    if ending_of(session, at=at):
        raise TokenNotValid
    return session


def sessions_named(term: str) -> Q:
    """Sessions of a person (by her id, or how her e-mail address begins), from an address, or of a client.

    Each of these reads an index, which a single question for all of them could not.
    """
    if _is(UUID, term):
        return Q(user=term) | Q(pk=term)
    if _is(ip_address, term) and "%" not in term:
        return Q(ip=term)
    if "@" not in term:
        return Q(client_id=term)
    return Q(user__in=User.objects.filter(email_canonical__startswith=term.casefold()))


def _is(kind: Callable[[str], object], term: str) -> bool:
    try:
        kind(term)
    except ValueError:
        return False
    return True
