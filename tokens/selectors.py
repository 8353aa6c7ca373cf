"""Questions about tokens and sessions, answered as things are now: by the database, or by what nodes remember of it together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from accounts.models import ServiceAccount, User
from common import permissions
from common.actors import ActorKind
from tokens import lookups, proofs, standing
from tokens.errors import TokenNotValid
from tokens.liveness import ending_of
from tokens.models import Session
from tokens.proofs import FIRST_PARTY_SCOPE, AccessToken, Proof, RefreshToken
from tokens.rotation import judge
from tokens.standing import Standing


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a valid access token, in which session. What `request.auth` is."""

    principal: User | ServiceAccount
    token: AccessToken

    @property
    def principal_id(self) -> UUID:
        return self.token.user_id

    @property
    def actor_kind(self) -> ActorKind:
        return self.principal.actor_kind

    @property
    def session_id(self) -> UUID:
        return self.token.session_id

    @property
    def scope(self) -> str:
        return str(self.claims.get("scope", ""))

    @property
    def claims(self) -> dict[str, Any]:
        return self.token.payload


def bearer_of(raw: str, *, at: datetime) -> Bearer:
    """Who presents this access token.

    A person costs one query, which also brings the row that whoever answers her will need: what nodes remember would not save
    it. A machine comes with what it holds, so that it needs no row, and no query where nodes remember it.
    """
    token = AccessToken(raw, at=at)
    principal = _machine_of(token, at=at) if is_of_machine(token) else _person_of(token, at=at)
    principal.bounds = _bounds(str(token.payload.get("scope", "")))
    return Bearer(principal, token)


def check(raw: str, *, at: datetime) -> None:
    """`TokenNotValid` unless this access or refresh token could be used at `at`. Changes nothing, whatever is presented."""
    proof = proofs.read(raw, at=at)
    if isinstance(proof, RefreshToken):
        require_next_link(proof, at=at)
    else:
        standing_of(proof, at=at)


def standing_of(token: AccessToken, *, at: datetime) -> Standing:
    """That it stands, with its holder's roles of now. One round trip to what nodes remember, or one query."""
    read = _standing_of_machine if is_of_machine(token) else _standing_of_person
    name = f"{token.user_id}:{token.session_id}:{lookups.kid_of(token)}"
    found = standing.find(token.user_id, name, at=at, read=partial(read, token, at=at))
    if found is None:
        raise TokenNotValid
    return found


def require_next_link(proof: RefreshToken, *, at: datetime) -> None:
    """`TokenNotValid` unless this refresh token would be given the next one at `at`."""
    verdict = judge(proof.presented, _session_of(proof, at=at), grace=settings.REFRESH_GRACE, at=at)
    if not verdict.gives_tokens:
        raise TokenNotValid


def is_of_machine(proof: Proof) -> bool:
    # An account's id is nobody else's, and a person is no client.
    return proof.client_id == str(proof.user_id)


def _bounds(scope: str) -> frozenset[str] | None:
    words = scope.split()
    return None if FIRST_PARTY_SCOPE in words else frozenset(filter(permissions.is_pattern, words))


def _session_of(proof: Proof, *, at: datetime) -> Session:
    session = lookups.session_of(proof)
    if session is None or ending_of(session, at=at):
        raise TokenNotValid
    return session


def _person_of(token: AccessToken, *, at: datetime) -> User:
    session = _session_of(token, at=at)
    session.user.session_roles = session.chosen_roles
    return session.user


def _machine_of(token: AccessToken, *, at: datetime) -> ServiceAccount:
    machine = standing_of(token, at=at).holder
    # Its other fields are read if somebody asks for them.
    account = ServiceAccount.from_db(DEFAULT_DB_ALIAS, ["id", "is_active"], [token.user_id, True])
    account.assigned = machine
    return account


def _standing_of_person(token: AccessToken, *, at: datetime) -> Standing | None:
    found = lookups.session_with_held(token)
    if found is None or ending_of(found.session, at=at):
        return None
    until = min(found.session.idle_expires_at, found.session.expires_at)
    return Standing(until=until, holder=found.holder, chosen=found.session.chosen_roles)


def _standing_of_machine(token: AccessToken, *, at: datetime) -> Standing | None:
    found = lookups.credential_with_held(token, at=at)
    return Standing(until=found.expires_at, holder=found.holder) if found else None


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
