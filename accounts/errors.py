"""What accounts refuses, with codes that never change."""

from common.errors import Conflict, DomainError


class PasswordUnacceptable(DomainError):
    code = "password_unacceptable"
    title = "This password cannot be used"


class WrongPassword(DomainError):
    code = "wrong_password"
    title = "The current password is not right"


class LinkNotUsable(DomainError):
    """Unknown, used, expired, replaced, meant for something else: the caller learns no more than that."""

    code = "link_not_usable"
    title = "This link cannot be used, or not any more"


class RegistrationClosed(DomainError):
    code = "registration_closed"
    status = 403
    title = "Nobody can sign up here by herself"


class EmailTaken(Conflict):
    """Only staff hears this; a stranger who signs up does not."""

    code = "email_taken"
    title = "There is an account with this e-mail address"


class MovedMeanwhile(Conflict):
    """Whoever moves an account or a group may do so from where she saw it, and perhaps not from where it is now."""

    code = "moved_meanwhile"
    title = "Somebody else has moved it meanwhile"


class AlreadyJoined(Conflict):
    code = "already_joined"
    title = "This person has set a password already"


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "This is the last active superuser, and somebody must be able to let others in"


class AccountShut(Conflict):
    code = "account_shut"
    title = "The account is deactivated; open it first"


class ServiceAccountExists(Conflict):
    code = "service_account_exists"
    title = "There is a service account of this name"
