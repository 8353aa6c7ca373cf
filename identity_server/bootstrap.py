"""What a server needs before it can serve. Safe to run again, and on two nodes at once."""

from datetime import datetime

from django.conf import settings

from accounts.errors import PasswordUnacceptable
from common.errors import DomainError
from identity_server import administrators, initial_password, schedules
from identity_server.administrators import Welcome
from rbac.services import builtin
from tokens.services import keys


def run(*, keep_password: bool, at: datetime) -> Welcome | None:
    """The signing keys, the built-in roles, the schedule, the first administrator; how she gets in, if she is new."""
    keys.tend(at=at)
    builtin.install(at=at)
    schedules.install(at=at)
    initial_password.forget_if_changed()
    return administrators.ensure_first(
        settings.ADMIN_EMAIL, password=settings.ADMIN_PASSWORD, keep_password=keep_password, at=at
    )


def words_for(welcome: Welcome | None) -> str:
    """The line for the console; the one place where a first password or link is ever shown."""
    if welcome is None:
        return f"First administrator: password in {initial_password.path()}" if initial_password.is_kept() else ""
    if welcome.link:
        return f"First administrator: {welcome.email}, set a password within {_days()} days at {welcome.link}"
    if welcome.password:
        kept = f"kept in {initial_password.path()} until it is changed"
        return f"First administrator: {welcome.email}, password {welcome.password} ({kept})"
    return f"First administrator: {welcome.email}, password as in ADMIN_PASSWORD"


def words_against(refusal: DomainError) -> str:
    given = "ADMIN_PASSWORD" if isinstance(refusal, PasswordUnacceptable) else "ADMIN_EMAIL"
    return f"{given} does not make a first administrator: {administrators.explained(refusal)}"


def _days() -> int:
    return int(settings.INVITATION_LIFETIME.days)
