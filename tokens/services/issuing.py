"""Making the tokens of a session."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, DateTimeField, Exists, Expression, OuterRef, Subquery, UUIDField

from accounts.models import User
from common import scopes
from common.statements import Given, Listed, Question
from rbac import selectors
from rbac.models import RoleAssignment, SeparationKind, SeparationOfDuty
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
    """What new tokens rest on, read in the moment: her roles everywhere and those of her groups, and which key signs now.

    With `is_apart` there are dynamic separations of duty, which may hold some of them back.
    """

    roles: Any = None
    through_groups: Any = None
    is_apart: Any = False
    kid: Any = None


def basis_of(user: str) -> tuple[Expression | Subquery, ...]:
    """A `Basis` as columns of whatever is asked anyway. `user` is the person's id there; `at` and `algorithm` are given."""
    signing = SigningKey.objects.filter(state=KeyState.ACTIVE, algorithm=ALGORITHM).order_by().values("kid")
    dynamic = SeparationOfDuty.objects.filter(kind=SeparationKind.DYNAMIC)
    ways = (_names("user", user), _names("group__memberships__user", user))
    return (*ways, Exists(dynamic), Subquery(signing))


def _names(way: str, user: str) -> Subquery:
    # One list for each way, since each reads an index and both in one would read none.
    everywhere: Any = RoleAssignment.objects.standing(at=AT).filter(**{way: OuterRef(user)}, scope=scopes.ROOT)  # type: ignore[arg-type]  # for a time that comes later
    return Subquery(everywhere.order_by().values(way).annotate(names=Listed("role__name")).values("names"))


BASIS = Question(lambda: User.objects.filter(pk=Given("user", UUIDField())).order_by().values_list(*basis_of("pk")))


def issue(session: Session, *, at: datetime) -> Issued:
    """The tokens that a session gives at `at`: its present refresh token, and an access token with her roles as they are now."""
    found = BASIS.first(user=session.user_id, at=at, algorithm=settings.SIGNING_ALGORITHM)
    return issue_on(Basis(*(found or ())), session, at=at)


def issue_on(basis: Basis, session: Session, *, at: datetime) -> Issued:
    """As `issue`, for whoever has asked for the basis already."""
    # None in a database that `bootstrap` has not seen yet, or was restored to before it.
    keyring.expect(basis.kid or keys.ensure(at=at).kid)
    access = AccessToken.of(session, roles=_roles_in(session, basis, at=at), at=at)
    expires_in = access["exp"] - access["iat"]
    return Issued(str(access), str(RefreshToken.of(session)), expires_in, session)


def _roles_in(session: Session, basis: Basis, *, at: datetime) -> list[str]:
    if basis.is_apart or session.active_roles is not None:
        return selectors.role_names_of(session.user_id, chosen=session.chosen_roles, at=at)
    return sorted({*(basis.roles or ()), *(basis.through_groups or ())})
