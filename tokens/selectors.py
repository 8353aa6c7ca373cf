"""Questions about tokens and sessions, answered as things are now: by the database, or by what nodes remember of it together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, F, FilteredRelation, Q, QuerySet

from accounts.models import ServiceAccount, User
from common import permissions
from common.actors import ActorKind
from rbac import scopes
from rbac.selectors import HELD, held_in
from tokens import proofs, standing
from tokens.errors import TokenNotValid
from tokens.liveness import ending_of
from tokens.models import ServiceCredential, Session, SigningKey
from tokens.proofs import FIRST_PARTY_SCOPE, AccessToken, Proof, RefreshToken
from tokens.rotation import judge
from tokens.signing import header_of
from tokens.standing import HeldRole, Standing


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
    principal = _machine_of(token, at=at) if _is_of_machine(token) else _session_of(token, at=at).user
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
    read = _standing_of_machine if _is_of_machine(token) else _standing_of_person
    name = f"{token.user_id}:{token.session_id}:{_kid_of(token)}"
    found = standing.find(token.user_id, name, at=at, read=partial(read, token, at=at))
    if found is None:
        raise TokenNotValid
    return found


def require_next_link(proof: RefreshToken, *, at: datetime) -> None:
    """`TokenNotValid` unless this refresh token would be given the next one at `at`."""
    verdict = judge(proof.presented, _session_of(proof, at=at), grace=settings.REFRESH_GRACE, at=at)
    if not verdict.gives_tokens:
        raise TokenNotValid


def _is_of_machine(token: AccessToken) -> bool:
    # An account's id is nobody else's, and a person is no client.
    return token.client_id == str(token.user_id)


def _bounds(scope: str) -> frozenset[str] | None:
    words = scope.split()
    return None if FIRST_PARTY_SCOPE in words else frozenset(filter(permissions.is_pattern, words))


def _session_of(proof: Proof, *, at: datetime) -> Session:
    session = _sessions(proof).select_related("user").first()
    if session is None or ending_of(session, at=at):
        raise TokenNotValid
    return session


def _machine_of(token: AccessToken, *, at: datetime) -> ServiceAccount:
    held = standing_of(token, at=at).held
    # Its other fields are read if somebody asks for them.
    account = ServiceAccount.from_db(DEFAULT_DB_ALIAS, ["id", "is_active"], [token.user_id, True])
    account.assigned = held
    return account


def _sessions(proof: Proof) -> QuerySet[Session]:
    return Session.objects.filter(_is_signed(proof), pk=proof.session_id, user=proof.user_id).order_by()


def _credentials(token: AccessToken, *, at: datetime) -> QuerySet[ServiceCredential]:
    """Of a machine no token is stored: those that were bought with a secret carry its epoch."""
    bought_with = {"epoch": token.session_id, "service_account": token.user_id, "service_account__is_active": True}
    return ServiceCredential.objects.usable(at=at).filter(_is_signed(token), **bought_with).order_by()


def _is_signed(proof: Proof) -> Exists:
    # The ring of this process may be some seconds behind an emergency that has removed the key.
    return Exists(SigningKey.objects.filter(kid=_kid_of(proof)))


def _kid_of(proof: Proof) -> str:
    return str(header_of(str(proof.token))["kid"])


def _standing_of_person(token: AccessToken, *, at: datetime) -> Standing | None:
    found = list(_with_roles(_sessions(token)).select_related("user").only(*SESSION_FIELDS))
    if not found or ending_of(found[0], at=at):
        return None
    roles = [HeldRole(row.role, row.begins, row.ends) for row in found if row.role]
    return Standing(until=min(found[0].idle_expires_at, found[0].expires_at), roles=_sorted(roles))


def _standing_of_machine(token: AccessToken, *, at: datetime) -> Standing | None:
    path = "service_account__role_assignments"
    assigned = FilteredRelation(path, condition=Q(**{f"{path}__ended_at": None}))
    rows = _credentials(token, at=at).annotate(held=assigned).order_by("held__id")
    found = list(rows.values_list("expires_at", *(f"held__{field}" for field in HELD)))
    if not found:
        return None
    held = held_in(row[1:] for row in found if row[1])
    everywhere = [HeldRole(one.role, one.valid_from, one.valid_until) for one in held if one.scope == scopes.ROOT]
    return Standing(until=found[0][0], roles=_sorted(everywhere), held=held)


SESSION_FIELDS = (
    "created_at",
    "expires_at",
    "idle_expires_at",
    "revoked_at",
    "user__is_active",
    "user__not_before",
)


def _with_roles(rows: QuerySet[Session]) -> QuerySet[Any]:
    """Each session once for every role that its holder has everywhere; once without one where there is none."""
    path = "user__role_assignments"
    everywhere = Q(**{f"{path}__ended_at": None, f"{path}__scope": scopes.ROOT})
    return rows.annotate(held=FilteredRelation(path, condition=everywhere)).annotate(
        role=F("held__role__name"), begins=F("held__valid_from"), ends=F("held__valid_until")
    )


def _sorted(roles: Iterable[HeldRole]) -> tuple[HeldRole, ...]:
    return tuple(sorted(roles, key=attrgetter("name")))


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
