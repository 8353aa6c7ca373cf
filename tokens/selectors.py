"""Questions about tokens and sessions, answered from the database as it is now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from tokens.errors import TokenNotValid
from tokens.liveness import ending_of
from tokens.models import Session
from tokens.proofs import AccessToken


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


def bearer_of(raw: str, *, at: datetime) -> Bearer:
    """Who presents this access token. One query, so that a session or a user that ended a moment ago is seen to have ended."""
    token = AccessToken(raw, at=at)
    session = Session.objects.select_related("user").filter(pk=token.session_id, user=token.user_id).first()
    if session is None or ending_of(session, at=at):
        raise TokenNotValid
    return Bearer(session, token)
