"""What every check of a token asks the database: one question, composed once in each process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateTimeField, Exists, FilteredRelation, Q, QuerySet, UUIDField

from accounts.models import User
from common.statements import Given, Question
from rbac import scopes
from rbac.decisions import Held
from rbac.selectors import HELD, held_in
from tokens.models import ServiceCredential, Session, SigningKey
from tokens.proofs import AccessToken, Proof
from tokens.signing import header_of

SESSION = [field.attname for field in Session._meta.concrete_fields]  # noqa: SLF001  Django calls it public
USER = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001  likewise
# What `ending_of` looks at, in the order of the fields.
LIFE = ["id", "user_id", "created_at", "idle_expires_at", "expires_at", "revoked_at"]
HOLDER = ["id", "is_active", "not_before"]
SID, SUBJECT, AT = Given("sid", UUIDField()), Given("subject", UUIDField()), Given("at", DateTimeField())
# The ring of this process may be some seconds behind an emergency that has removed the key.
IS_SIGNED = Exists(SigningKey.objects.filter(kid=Given("signed_by", CharField())))


def _sessions() -> QuerySet[Session]:
    return Session.objects.filter(IS_SIGNED, pk=SID, user=SUBJECT).order_by()


def _session_with_user() -> QuerySet[Session, Any]:
    return _sessions().values_list(*SESSION, *(f"user__{name}" for name in USER))


def _session_with_roles() -> QuerySet[Session, Any]:
    """The session once for every role that its holder has everywhere; once without one where there is none."""
    path = "user__role_assignments"
    everywhere = FilteredRelation(path, condition=Q(**{f"{path}__ended_at": None, f"{path}__scope": scopes.ROOT}))
    whose, role = (f"user__{name}" for name in HOLDER), ("role__name", "valid_from", "valid_until")
    return _sessions().annotate(held=everywhere).values_list(*LIFE, *whose, *(f"held__{name}" for name in role))


def _credential_with_roles() -> QuerySet[Any, Any]:
    """Of a machine no token is stored: those that were bought with a secret carry its epoch."""
    bought_with: Any = {"epoch": SID, "service_account": SUBJECT, "service_account__is_active": True}
    path = "service_account__role_assignments"
    assigned = FilteredRelation(path, condition=Q(**{f"{path}__ended_at": None}))
    rows: Any = ServiceCredential.objects.usable(at=AT).filter(IS_SIGNED, **bought_with)  # type: ignore[arg-type]  # for a time that comes later
    columns = ["expires_at", *(f"held__{name}" for name in HELD)]
    found: QuerySet[Any, Any] = rows.annotate(held=assigned).order_by("held__id").values_list(*columns)
    return found


SESSION_OF = Question(_session_with_user)
STANDING_OF = Question(_session_with_roles)
STANDING_OF_MACHINE = Question(_credential_with_roles)


class SessionWithRoles(NamedTuple):
    """The name of each role that its holder has everywhere, and between which times she has it."""

    session: Session
    roles: list[tuple[Any, ...]]


class CredentialWithHeld(NamedTuple):
    expires_at: datetime | None
    held: tuple[Held, ...]


def session_of(proof: Proof) -> Session | None:
    """The session that the proof names, with its user, if our key signed it; dead or alive."""
    row = SESSION_OF.first(**_named_in(proof))
    return _session_from(SESSION, USER, row) if row else None


def session_with_roles(token: AccessToken) -> SessionWithRoles | None:
    """As `session_of`, with no more of it than decides whether it lives."""
    rows = STANDING_OF.rows(**_named_in(token))
    if not rows:
        return None
    roles = (row[len(LIFE) + len(HOLDER) :] for row in rows)
    return SessionWithRoles(_session_from(LIFE, HOLDER, rows[0]), [role for role in roles if role[0]])


def credential_with_held(token: AccessToken, *, at: datetime) -> CredentialWithHeld | None:
    """What the token of a machine rests on, if that is good at `at`, and all that the machine holds."""
    rows = STANDING_OF_MACHINE.rows(**_named_in(token), at=at)
    if not rows:
        return None
    return CredentialWithHeld(rows[0][0], held_in(row[1:] for row in rows if row[1]))


def kid_of(proof: Proof) -> str:
    return str(header_of(str(proof.token))["kid"])


def _session_from(names: Sequence[str], names_of_user: Sequence[str], row: tuple[Any, ...]) -> Session:
    count = len(names)
    session = Session.from_db(DEFAULT_DB_ALIAS, names, row[:count])
    session.user = User.from_db(DEFAULT_DB_ALIAS, names_of_user, row[count : count + len(names_of_user)])
    return session


def _named_in(proof: Proof) -> dict[str, Any]:
    return {"sid": proof.session_id, "subject": proof.user_id, "signed_by": kid_of(proof)}
