"""Who is mailed before a role ends."""

from django.conf import settings
from django.utils import timezone

from events.bus import after
from events.models import Event
from rbac.events.requests import RoleAssignmentExpiring
from rbac.models import RoleAssignment
from rbac.notices.sending import MAIL, reader, send, staff_page, where
from rbac.services import extensions

PAGE = "/access/extend"


@after(RoleAssignmentExpiring, name="rbac.mail.role_expiring", queue=MAIL, outside=True)
def mail_of_the_end(event: Event) -> None:
    """Only while it is still about to end. The link asks for more; somebody else has to say yes."""
    user = reader(event.data["told_id"])
    given = RoleAssignment.objects.unfinished(at=timezone.now()).filter(pk=event.subject_id).first()
    if user is None or given is None:
        return
    if given.user_id == user.pk:
        send(event, user, "role_expiring", link=_link(event), expires=given.valid_until, details=where(event))
    else:
        link = staff_page("roleassignment", given.pk)
        send(event, user, "given_role_expiring", link=link, expires=given.valid_until, details=where(event))


def _link(event: Event) -> str:
    # In the fragment, which browsers keep to themselves: no log, proxy or Referer ever holds it.
    return f"{settings.PUBLIC_URL}{PAGE}#token={extensions.secret_for(event.pk)}"
