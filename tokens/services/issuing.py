"""Making the tokens of a session."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, DateTimeField, OuterRef, Subquery, UUIDField

from accounts.models import User
from common.statements import Given, Listed, Question
from rbac import scopes
from rbac.models import RoleAssignment
from tokens import keyring
from tokens.models import KeyState, Session, SigningKey
from tokens.proofs import AccessToken, RefreshToken
from tokens.services import keys

AT = Given("at", DateTimeField())
ALGORITHM = Given("algorithm", CharField())


class Issued(NamedTuple):
    """A pair of tokens, as strings. They are nowhere stored."""

    access: str
    refresh: str
    expires_in: int
    session: Session


class Basis(NamedTuple):
    """What new tokens rest on, read in the moment: her roles everywhere, and which key signs now."""

    roles: list[str] | None
    kid: str | None


def basis_of(user: str) -> tuple[Subquery, Subquery]:
    """A `Basis` as columns of whatever is asked anyway. `user` is the person's id there; `at` and `algorithm` are given."""
    everywhere: Any = RoleAssignment.objects.standing(at=AT).filter(user=OuterRef(user), scope=scopes.ROOT)  # type: ignore[arg-type]  # for a time that comes later
    names = everywhere.order_by().values("user").annotate(names=Listed("role__name")).values("names")
    signing = SigningKey.objects.filter(state=KeyState.ACTIVE, algorithm=ALGORITHM).order_by().values("kid")
    return Subquery(names), Subquery(signing)


BASIS = Question(lambda: User.objects.filter(pk=Given("user", UUIDField())).order_by().values_list(*basis_of("pk")))


def issue(session: Session, *, at: datetime) -> Issued:
    """The tokens that a session gives at `at`: its present refresh token, and an access token with her roles as they are now."""
    found = BASIS.first(user=session.user_id, at=at, algorithm=settings.SIGNING_ALGORITHM)
    return issue_on(Basis(*(found or (None, None))), session, at=at)


def issue_on(basis: Basis, session: Session, *, at: datetime) -> Issued:
    """As `issue`, for whoever has asked for the basis already."""
    # None in a database that `bootstrap` has not seen yet, or was restored to before it.
    keyring.expect(basis.kid or keys.ensure(at=at).kid)
    access = AccessToken.of(session, roles=sorted(basis.roles or ()), at=at)
    expires_in = access["exp"] - access["iat"]
    return Issued(str(access), str(RefreshToken.of(session)), expires_in, session)
