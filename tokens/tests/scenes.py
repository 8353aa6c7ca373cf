"""Who stands, as nodes remember it."""

import os
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.actors import SYSTEM
from identity_server.resting import REST
from rbac.tests.factories import give
from tokens import introspection, selectors
from tokens.errors import TokenNotValid
from tokens.services import issuing, sessions
from tokens.tests.machines import buy, machine, secret_of
from tokens.tests.redis_server import PROGRAM

ON_SERVICES = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(60),
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="threads that race need a database server"),
    pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here"),
]


class Scene:
    """Alice is signed in, a machine has a token, and both have been looked at, so that all is remembered."""

    def __init__(self, alice: User) -> None:
        self.alice, self.at = alice, timezone.now()
        self.session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=self.at)
        self.pair = issuing.issue(self.session, at=self.at)
        self.role = give(alice, "invoice:view")
        self.billing = machine("billing", "invoice:view")
        self.machine_token = buy(secret_of(self.billing))
        self.look()

    def look(self) -> None:
        """The first look has it remembered, and from the second on this process knows by heart what it read."""
        for _ in range(2):
            self.told(self.pair.access)
            self.told(self.machine_token)

    def told(self, token: str) -> dict[str, Any] | None:
        return introspection.told_of(token, at=self.at)

    def refused(self, token: str) -> bool:
        """By each of those who ask what is remembered."""
        try:
            selectors.check(token, at=self.at)
        except TokenNotValid:
            return self.told(token) is None
        return False


def a_second_later() -> None:
    """Redis may be asked again after a failure."""
    REST.until = 0.0


def end_session(scene: Scene) -> None:
    sessions.end(scene.session, reason="test", actor=SYSTEM, at=scene.at)
