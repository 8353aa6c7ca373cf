"""Whether the one who asks may, where that is: for what is asked of services and not of views alone."""

from datetime import datetime

from common.actors import Actor
from rbac import selectors
from rbac.errors.requests import MissingThere


def held(actor: Actor, permission: str, *, scope: str, at: datetime) -> bool:
    """Whether the actor holds the permission at that place now, with the proof that he came with."""
    return not selectors.beyond(actor, [permission], scope=scope, until=at, at=at)


def demand(actor: Actor, permission: str, *, scope: str, at: datetime) -> None:
    if not held(actor, permission, scope=scope, at=at):
        raise MissingThere(permission, scope)
