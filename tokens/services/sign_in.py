"""Signing in for tokens: who she is comes from accounts, what she gets from sessions."""

from dataclasses import replace
from datetime import datetime

from accounts.services import sign_in
from common.actors import Actor, ActorKind
from tokens.errors import InvalidCredentials
from tokens.services import issuing, sessions
from tokens.services.issuing import Issued

DOOR = "token"


def with_password(email: str, password: str, *, device_name: str = "", actor: Actor, at: datetime) -> Issued:
    """A session and its first tokens. `InvalidCredentials` for every cause there is, an unproven address included."""
    proven = sign_in.prove(email=email, password=password, door=DOOR, actor=actor, at=at)
    if proven is None:
        raise InvalidCredentials
    herself = replace(actor, kind=ActorKind.USER, id=proven.user.pk, label=str(proven.user.pk))
    begun = sessions.begin(proven, amr=["pwd"], actor=herself, at=at, device_name=device_name)
    return issuing.issue_on(begun.basis, begun.session, at=at)
