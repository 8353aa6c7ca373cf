"""What tokens does when it hears of others' facts: whatever shakes the trust in a person's sign-ins ends them, there and then."""

from datetime import datetime

from accounts.events import PasswordChanged, UserDeactivated, UserErased, UserSignedOut
from common.actors import Actor
from events.bus import on
from tokens.services import sessions


@on(UserDeactivated)
def end_with_the_account(event: UserDeactivated, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="user_deactivated", actor=actor, at=at)


@on(PasswordChanged)
def end_the_others(event: PasswordChanged, actor: Actor, at: datetime) -> None:
    kept = event.keep_session
    sessions.end_all(event.subject_id, except_session=kept, reason="password_changed", actor=actor, at=at)


@on(UserSignedOut)
def end_everywhere(event: UserSignedOut, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="signed_out_everywhere", actor=actor, at=at)


@on(UserErased)
def end_with_the_person(event: UserErased, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="user_erased", actor=actor, at=at)
