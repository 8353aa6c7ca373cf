"""Signing in for tokens: who she is comes from accounts, what she gets from sessions."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.services import sign_in
from accounts.services.sign_in import Proven
from common.actors import Actor, ActorKind
from tokens.errors import InvalidCredentials
from tokens.models import Session
from tokens.services import issuing, sessions
from tokens.services.issuing import Issued

DOOR = "token"


def with_password(email: str, password: str, *, device_name: str = "", actor: Actor, at: datetime) -> Issued:
    """A session and its first tokens. `InvalidCredentials` for every cause there is, an unproven address included."""
    proven = sign_in.prove(email=email, password=password, door=DOOR, actor=actor, at=at)
    if proven is None:
        raise InvalidCredentials
    return issuing.issue(_begin(proven, device_name, actor=actor, at=at), at=at)


@transaction.atomic
def _begin(proven: Proven, device_name: str, *, actor: Actor, at: datetime) -> Session:
    user = sign_in.let_in(proven, actor=actor, at=at)
    if user is None:
        raise InvalidCredentials
    herself = replace(actor, kind=ActorKind.USER, id=user.pk, label=str(user.pk))
    return sessions.start(user, amr=["pwd"], actor=herself, at=at, device_name=device_name)
