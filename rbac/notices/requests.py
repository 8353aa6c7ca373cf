"""Who is mailed when a role is asked for, given or refused, or taken in an emergency."""

from collections.abc import Iterator
from itertools import compress, islice
from operator import attrgetter

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from common.actors import ActorKind
from events.bus import after
from events.models import Event
from rbac import selectors
from rbac.events.requests import GlassBroken, RoleRequestApproved, RoleRequestDenied, RoleRequested, RoleRequestLapsed
from rbac.models import RequestState, RoleRequest
from rbac.notices.sending import MAIL, reader, send, staff_page, where
from rbac.selectors import Asked

MOST_MAILED = 20
MOST_LOOKED_AT = 1000
OUTCOMES = {
    RoleRequestApproved.kind: "request_approved",
    RoleRequestDenied.kind: "request_denied",
    RoleRequestLapsed.kind: "request_lapsed",
}


@after(RoleRequested, name="rbac.mail.role_requested", queue=MAIL, outside=True)
def mail_those_who_may_decide(event: Event) -> None:
    asked = RoleRequest.objects.select_related("requester").filter(pk=event.subject_id).first()
    if asked is None or asked.state_at(timezone.now()) != RequestState.PENDING:
        return
    details, link = {**where(event), "who": asked.requester.email}, staff_page("rolerequest", asked.pk)
    for user in islice(_deciders(asked), MOST_MAILED):
        send(event, user, "role_requested", link=link, expires=asked.until, details=details)


@after(
    RoleRequestApproved,
    RoleRequestDenied,
    RoleRequestLapsed,
    name="rbac.mail.request_decided",
    queue=MAIL,
    outside=True,
)
def mail_the_outcome(event: Event) -> None:
    user = reader(event.data["user_id"])
    asked = RoleRequest.objects.select_related("assignment").filter(pk=event.subject_id).first()
    if user and asked:
        ends = asked.assignment.valid_until if asked.assignment else asked.until
        send(event, user, OUTCOMES[event.kind], expires=ends, details=where(event))


@after(GlassBroken, name="rbac.mail.glass_broken", queue=MAIL, outside=True)
def mail_all_administrators(event: Event) -> None:
    taker = User.objects.filter(pk=event.data["user_id"]).first()
    details = {**where(event), "who": taker.email if taker else event.data["user_id"]}
    link, ends = staff_page("rolerequest", event.data["request_id"]), parse_datetime(event.data["until"])
    for user in _administrators():
        send(event, user, "glass_broken", link=link, expires=ends, details=details)


def _deciders(asked: RoleRequest) -> Iterator[User]:
    """Staff who may give roles there, but for her who asks."""
    now = timezone.now()
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(pk=asked.requester_id).order_by("pk")
    others = list(staff[:MOST_LOOKED_AT])
    questions = [Asked(ActorKind.USER, str(user.pk), "role_assignment:add", asked.scope) for user in others]
    decided = selectors.evaluate_many(questions, at=now)
    yield from compress(others, map(attrgetter("allowed"), decided))


def _administrators() -> Iterator[User]:
    """By whatever way: by herself, or through a group."""
    given = selectors.omnipotent_assignments().standing(at=timezone.now())
    in_group = Q(group_memberships__group__role_assignments__in=given)
    ruling = Q(is_superuser=True) | Q(role_assignments__in=given) | in_group
    yield from User.objects.filter(ruling, is_active=True).distinct().order_by("pk")[:MOST_LOOKED_AT]
