"""The seam to Django REST framework: a bearer token makes `request.user` and `request.auth`."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ServiceAccount, User
from tokens import selectors
from tokens.errors import TokenNotValid
from tokens.selectors import Bearer


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer`, and only there (RFC 6750, section 2.1): never a query, a form or a cookie.

    Not asked on public routes: a client that signs in again may send its dead token along. Everywhere else a bad token is
    refused, and its holder never taken for a stranger: that would hide from her that she was signed out.
    """

    def authenticate(self, request: Request) -> tuple[User | ServiceAccount, Bearer] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        try:
            bearer = selectors.bearer_of(_token_in(header), at=timezone.now())
        except TokenNotValid as refusal:
            raise AuthenticationFailed(refusal.detail, code=refusal.code) from None
        return bearer.principal, bearer

    def authenticate_header(self, request: Request) -> str:
        # RFC 6750, section 3.1: who sent nothing is told no error.
        return 'Bearer error="invalid_token"' if get_authorization_header(request) else "Bearer"


def _token_in(header: bytes) -> str:
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"bearer":
        raise TokenNotValid
    return token.strip().decode("latin-1")
