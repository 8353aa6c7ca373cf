"""The seam to Django REST framework: a bearer token or an API key makes `request.user` and `request.auth`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ServiceAccount, User
from tokens import selectors
from tokens.errors import TokenNotValid
from tokens.selectors import Bearer
from tokens.services import api_keys, shown_once

Holder = User | ServiceAccount


@dataclass(frozen=True, slots=True)
class KeyBearer:
    """Who holds a good API key. There is no session: nobody has signed in."""

    api_key_id: UUID
    session_id: None = None


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer`, and only there (RFC 6750, section 2.1): never a query, a form or a cookie.

    Not asked on public routes: a client that signs in again may send its dead token along. Everywhere else a bad token is
    refused, and its holder never taken for a stranger: that would hide from her that she was signed out.
    """

    def authenticate(self, request: Request) -> tuple[Holder, Bearer | KeyBearer] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        try:
            return _holder_of(_token_in(header), at=timezone.now())
        except TokenNotValid as refusal:
            raise AuthenticationFailed(refusal.detail, code=refusal.code) from None

    def authenticate_header(self, request: Request) -> str:
        # RFC 6750, section 3.1: who sent nothing is told no error.
        return 'Bearer error="invalid_token"' if get_authorization_header(request) else "Bearer"


def _holder_of(raw: str, *, at: datetime) -> tuple[Holder, Bearer | KeyBearer]:
    if raw.startswith(f"{api_keys.PREFIX}_"):
        return _owner_of(raw, at=at)
    bearer = selectors.bearer_of(raw, at=at)
    return bearer.principal, bearer


def _owner_of(raw: str, *, at: datetime) -> tuple[User, KeyBearer]:
    key = api_keys.proven(raw, at=at)
    if key is None:
        raise TokenNotValid
    shown_once.touch(key, at=at)
    owner = key.user
    owner.bounds = frozenset(key.scopes)
    return owner, KeyBearer(key.pk)


def _token_in(header: bytes) -> str:
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"bearer":
        raise TokenNotValid
    return token.strip().decode("latin-1")
