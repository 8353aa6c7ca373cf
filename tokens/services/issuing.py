"""Making the tokens of a session."""

from datetime import datetime
from typing import NamedTuple

from common.errors import Unavailable
from rbac.selectors import role_names_of
from tokens import keyring
from tokens.models import Session
from tokens.proofs import AccessToken, RefreshToken
from tokens.services import keys


class Issued(NamedTuple):
    """A pair of tokens, as strings. They are nowhere stored."""

    access: str
    refresh: str
    expires_in: int
    session: Session


def issue(session: Session, *, at: datetime) -> Issued:
    """The tokens that a session gives at `at`: its present refresh token, and an access token with her roles as they are now."""
    _have_signer(at=at)
    access = AccessToken.of(session, roles=role_names_of(session.user_id, at=at), at=at)
    expires_in = access["exp"] - access["iat"]
    return Issued(str(access), str(RefreshToken.of(session)), expires_in, session)


def _have_signer(*, at: datetime) -> None:
    # A database that `bootstrap` has not seen yet, or was restored to before it.
    try:
        keyring.signer()
    except Unavailable:
        keys.ensure(at=at)
