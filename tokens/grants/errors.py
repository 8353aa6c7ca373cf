"""The errors of RFC 6749, section 5.2. `code` is what it calls `error`."""

from common.errors import DomainError


class OAuthError(DomainError):
    """A refusal in the words of the RFC."""


class InvalidRequest(OAuthError):
    code = "invalid_request"
    title = "The request lacks a parameter, has one twice or is malformed"


class InvalidClient(OAuthError):
    """One answer for every cause: whoever guesses at secrets learns not even which clients there are."""

    code = "invalid_client"
    status = 401
    title = "The client could not be authenticated"


class UnsupportedGrantType(OAuthError):
    code = "unsupported_grant_type"
    title = "This server does not know the grant type"


class InvalidScope(OAuthError):
    code = "invalid_scope"
    title = "The scope is malformed, or exceeds what the client may"
