"""What every check of a token asks the database: one question, composed once in each process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateTimeField, Exists, QuerySet, UUIDField

from accounts.models import User
from common.statements import Given, Question
from rbac.lookups import DIRECT, Subject, assigned_in, given, open_ones, stamp, through_groups
from tokens.models import ServiceCredential, Session, SigningKey
from tokens.proofs import AccessToken, Proof
from tokens.signing import header_of

SESSION = [field.attname for field in Session._meta.concrete_fields]  # noqa: SLF001  Django calls it public
USER = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001  likewise
# What `ending_of` looks at, and which roles count. In the order of the fields, as `from_db` takes them.
LIVES = {"id", "user_id", "created_at", "idle_expires_at", "expires_at", "revoked_at", "active_roles"}
LIFE = [name for name in SESSION if name in LIVES]
HOLDER = [name for name in USER if name in {"id", "is_active", "is_superuser", "not_before"}]
TRAITS = len(LIFE) + len(HOLDER)
SID, SUBJECT, AT = Given("sid", UUIDField()), Given("subject", UUIDField()), Given("at", DateTimeField())
# The ring of this process may be some seconds behind an emergency that has removed the key.
IS_SIGNED = Exists(SigningKey.objects.filter(kid=Given("signed_by", CharField())))


def _sessions() -> QuerySet[Session]:
    return Session.objects.filter(IS_SIGNED, pk=SID, user=SUBJECT).order_by()


def _session_with_user() -> QuerySet[Session, Any]:
    return _sessions().values_list(*SESSION, *(f"user__{name}" for name in USER))


def _session_with_held() -> QuerySet[Any, Any]:
    """The session once for each of its holder's assignments, her own and those of her groups; and once at least."""
    alone: Any = _sessions().annotate(held=open_ones("user__role_assignments"))
    path = "user__group_memberships__group__role_assignments"
    grouped: Any = _sessions().filter(**through_groups(path))
    here = (*LIFE, *(f"user__{name}" for name in HOLDER), stamp())
    found: QuerySet[Any, Any] = alone.values_list(*here, *given("held"), DIRECT).union(
        grouped.values_list(*here, *given(path), "user__group_memberships__group__name"), all=True
    )
    return found


def _credential_with_held() -> QuerySet[Any, Any]:
    """Of a machine no token is stored: those that were bought with a secret carry its epoch."""
    bought_with: Any = {"epoch": SID, "service_account": SUBJECT, "service_account__is_active": True}
    rows: Any = ServiceCredential.objects.usable(at=AT).filter(IS_SIGNED, **bought_with)  # type: ignore[arg-type]  # for a time that comes later
    assigned: Any = rows.annotate(held=open_ones("service_account__role_assignments")).order_by()
    found: QuerySet[Any, Any] = assigned.values_list("expires_at", stamp(), *given("held"), DIRECT)
    return found


SESSION_OF = Question(_session_with_user)
STANDING_OF = Question(_session_with_held)
STANDING_OF_MACHINE = Question(_credential_with_held)


class SessionWithHeld(NamedTuple):
    session: Session
    holder: Subject


class CredentialWithHeld(NamedTuple):
    expires_at: datetime | None
    holder: Subject


def session_of(proof: Proof) -> Session | None:
    """The session that the proof names, with its user, if our key signed it; dead or alive."""
    row = SESSION_OF.first(**_named_in(proof))
    return _session_from(SESSION, USER, row) if row else None


def session_with_held(token: AccessToken) -> SessionWithHeld | None:
    """As `session_of`, with no more of it than decides whether it lives, and with all that its holder holds."""
    rows = STANDING_OF.rows(**_named_in(token))
    if not rows:
        return None
    session, (policy, *_) = _session_from(LIFE, HOLDER, rows[0]), rows[0][TRAITS:]
    assigned = assigned_in(row[TRAITS + 1 :] for row in rows)
    return SessionWithHeld(session, Subject(session.user.is_active, session.user.is_superuser, policy, assigned))


def credential_with_held(token: AccessToken, *, at: datetime) -> CredentialWithHeld | None:
    """What the token of a machine rests on, if that is good at `at`, and all that the machine holds."""
    rows = STANDING_OF_MACHINE.rows(**_named_in(token), at=at)
    if not rows:
        return None
    expires_at, policy, *_ = rows[0]
    machine = Subject(is_active=True, is_superuser=False, policy=policy, assigned=assigned_in(row[2:] for row in rows))
    return CredentialWithHeld(expires_at, machine)


def kid_of(proof: Proof) -> str:
    return str(header_of(str(proof.token))["kid"])


def _session_from(names: Sequence[str], names_of_user: Sequence[str], row: tuple[Any, ...]) -> Session:
    count = len(names)
    session = Session.from_db(DEFAULT_DB_ALIAS, names, row[:count])
    session.user = User.from_db(DEFAULT_DB_ALIAS, names_of_user, row[count : count + len(names_of_user)])
    return session


def _named_in(proof: Proof) -> dict[str, Any]:
    return {"sid": proof.session_id, "subject": proof.user_id, "signed_by": kid_of(proof)}
