"""What tokens refuses."""

from common.errors import Conflict, DomainError


class InvalidCredentials(DomainError):
    """One answer for every cause, so that nobody learns which addresses have accounts or what became of them."""

    code = "invalid_credentials"
    status = 401
    title = "The e-mail address or the password is not right"


class TokenNotValid(DomainError):
    """One answer for every cause: whoever holds a dead or forged token learns nothing from how it is refused."""

    code = "token_not_valid"
    status = 401
    title = "The token is not valid"


class TooManyCredentials(Conflict):
    code = "too_many_credentials"
    title = "The account has as many usable credentials as it can; revoke one first"


class TooManyApiKeys(Conflict):
    code = "too_many_api_keys"
    title = "You have as many usable API keys as you can; revoke one first"


class UnknownPlace(DomainError):
    """Somebody goes on from where the feed of revocations has never been. He must begin again."""

    code = "unknown_place"
    title = "The feed of revocations has never come so far"
