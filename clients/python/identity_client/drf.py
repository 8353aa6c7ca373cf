"""For Django REST framework: `DEFAULT_AUTHENTICATION_CLASSES = ["identity_client.drf.IdentityAuthentication"]`."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from identity_client.claims import Claims
from identity_client.errors import InvalidToken, VerifierUnavailable
from identity_client.principal import Principal
from identity_client.refusals import INVALID, MISSING, RETRY_AFTER, UNAVAILABLE, token_in
from identity_client.verifier import Verifier


class Unavailable(APIException):
    status_code = UNAVAILABLE.status.value
    default_detail = UNAVAILABLE.detail
    default_code = UNAVAILABLE.code
    wait = RETRY_AFTER  # DRF's handler writes Retry-After from it


class IdentityAuthentication(BaseAuthentication):
    """`request.user` is a `Principal`, `request.auth` the `Claims`.

    The verifier is that of the setting `IDENTITY_VERIFIER`, a dotted path, or of a subclass.
    """

    verifier: ClassVar[Verifier | None] = None

    def authenticate(self, request: Request) -> tuple[Principal, Claims] | None:
        raw = token_in(request.headers.get("Authorization", ""))
        if raw is None:
            return None
        try:
            claims = self._verifier().verify(raw)
        except InvalidToken:
            raise AuthenticationFailed(INVALID.detail, code=INVALID.code) from None
        except VerifierUnavailable:
            raise Unavailable from None
        return Principal(claims), claims

    def authenticate_header(self, request: Request) -> str:
        sent = token_in(request.headers.get("Authorization", "")) is not None
        return (INVALID if sent else MISSING).headers["WWW-Authenticate"]

    def _verifier(self) -> Verifier:
        path = getattr(settings, "IDENTITY_VERIFIER", None)
        found = self.verifier or (import_string(path) if path else None)
        if not isinstance(found, Verifier):
            raise ImproperlyConfigured("IDENTITY_VERIFIER must be the dotted path of an identity_client.Verifier")
        return found
