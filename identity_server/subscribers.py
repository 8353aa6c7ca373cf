"""What the server itself does when it hears of others' facts."""

from datetime import datetime

from django.db import transaction

from accounts.events import PasswordChanged
from accounts.models import User
from common.actors import Actor
from events.bus import on
from identity_server import initial_password


@on(PasswordChanged)
def forget_the_initial_password(event: PasswordChanged, actor: Actor, at: datetime) -> None:
    del actor, at
    if initial_password.is_kept() and User.objects.ruling().filter(pk=event.subject_id).exists():
        # A file knows no rollback. Where another node keeps it, that node's next `bootstrap` removes it.
        transaction.on_commit(initial_password.forget_if_changed)
