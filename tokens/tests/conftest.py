"""Alice, signed in at noon."""

from datetime import datetime

import pytest

from accounts.models import User
from common.actors import SYSTEM
from tokens.models import Session
from tokens.services import issuing, sessions
from tokens.services.issuing import Issued


@pytest.fixture
def session(alice: User, noon: datetime) -> Session:
    """Where she is signed in."""
    return sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)


@pytest.fixture
def first(session: Session, noon: datetime) -> Issued:
    """The first pair of tokens that her session gave."""
    return issuing.issue(session, at=noon)
