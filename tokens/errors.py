"""What tokens refuses."""

from common.errors import DomainError


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
