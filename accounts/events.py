"""The facts that accounts publishes: ids and plain values, never an address, a password or a link."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from common import scopes
from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class UserEvent(DomainEvent):
    """Something that happened to a person."""

    subject_type = "user"


@dataclass(frozen=True, kw_only=True)
class UserRegistered(UserEvent):
    """Somebody signed herself up; her address is not proven yet."""

    kind = "accounts.user.registered"


@dataclass(frozen=True, kw_only=True)
class RegistrationRepeated(UserEvent):
    """Somebody signed up with an address that has an account; only its owner is told, by mail."""

    kind = "accounts.user.registration_repeated"


@dataclass(frozen=True, kw_only=True)
class UserCreated(UserEvent):
    """Staff made the account."""

    kind = "accounts.user.created"
    is_staff: bool = False
    scope: str = scopes.ROOT


@dataclass(frozen=True, kw_only=True)
class UserInvited(UserEvent):
    """She is owed a mail with which she sets her first password."""

    kind = "accounts.user.invited"


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(UserEvent):
    """She has set her first password."""

    kind = "accounts.user.invitation_accepted"


@dataclass(frozen=True, kw_only=True)
class UserUpdated(UserEvent):
    """Fields of her account changed; `changed` names them, sorted, and leaves out what they hold."""

    kind = "accounts.user.updated"
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class UserMoved(UserEvent):
    """She is at home in another place now; others look after her."""

    kind = "accounts.user.moved"
    left: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class PrivilegeRefused(UserEvent):
    """Somebody tried to give or take `missing` without having it. An account never made has its id only here."""

    kind = "accounts.user.privilege_refused"
    attempted: str
    missing: list[str]


@dataclass(frozen=True, kw_only=True)
class EmailVerificationRequested(UserEvent):
    """Somebody asked for the link again; where the address has no account, the subject is a pseudonym of it."""

    kind = "accounts.user.email_verification_requested"


@dataclass(frozen=True, kw_only=True)
class EmailVerified(UserEvent):
    kind = "accounts.user.email_verified"


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(UserEvent):
    """Every proof given under the old password is dead, but for the session that made the change (`keep_session`)."""

    kind = "accounts.user.password_changed"
    keep_session: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(UserEvent):
    """Somebody says she forgot it; where the address has no account, the subject is a pseudonym of it."""

    kind = "accounts.user.password_reset_requested"


@dataclass(frozen=True, kw_only=True)
class UserDeactivated(UserEvent):
    kind = "accounts.user.deactivated"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class UserReactivated(UserEvent):
    kind = "accounts.user.reactivated"


@dataclass(frozen=True, kw_only=True)
class UserLocked(UserEvent):
    """Too many tries: no password is accepted for her until then, at whatever door. It ends by the clock."""

    kind = "accounts.user.locked"
    door: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class UserUnlocked(UserEvent):
    kind = "accounts.user.unlocked"


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(UserEvent):
    """She came in by a door that accounts itself guards (the admin's); token sessions have their own fact."""

    kind = "accounts.user.signed_in"
    door: str


@dataclass(frozen=True, kw_only=True)
class SignInFailed(UserEvent):
    """A wrong try that was let through. At an address without an account the subject is a pseudonym of that address."""

    kind = "accounts.user.sign_in_failed"
    door: str


@dataclass(frozen=True, kw_only=True)
class UserSignedOut(UserEvent):
    """Everywhere: `not_before` was moved, so all proof given before is dead."""

    kind = "accounts.user.signed_out"


@dataclass(frozen=True, kw_only=True)
class UserErased(UserEvent):
    """The row is gone, with all that was personal in it; the id is never given again."""

    kind = "accounts.user.erased"


@dataclass(frozen=True, kw_only=True)
class ServiceAccountEvent(DomainEvent):
    """Something that happened to a machine's account."""

    subject_type = "service_account"


@dataclass(frozen=True, kw_only=True)
class ServiceAccountCreated(ServiceAccountEvent):
    """It has no secret yet: those have facts of their own."""

    kind = "accounts.service_account.created"
    name: str
    scope: str = scopes.ROOT


@dataclass(frozen=True, kw_only=True)
class ServiceAccountUpdated(ServiceAccountEvent):
    """`changed` names the fields, sorted, and leaves out what they hold."""

    kind = "accounts.service_account.updated"
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ServiceAccountMoved(ServiceAccountEvent):
    """It is at home in another place now; others look after it."""

    kind = "accounts.service_account.moved"
    left: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class ServiceAccountDeactivated(ServiceAccountEvent):
    """None of its secrets and tokens opens anything; the tokens are dead for good."""

    kind = "accounts.service_account.deactivated"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceAccountReactivated(ServiceAccountEvent):
    """Its secrets buy tokens again."""

    kind = "accounts.service_account.reactivated"


@dataclass(frozen=True, kw_only=True)
class ServiceAccountDeleted(ServiceAccountEvent):
    """The row is gone, with its secrets and its roles; the id is never given again."""

    kind = "accounts.service_account.deleted"
    name: str
