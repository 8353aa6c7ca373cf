"""The token endpoint (RFC 6749, section 3.2): one table says which grant types there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from tokens.grants import client_credentials
from tokens.grants.client_authentication import authenticate
from tokens.grants.errors import InvalidRequest, UnsupportedGrantType
from tokens.models import ServiceCredential


class Exchange(Protocol):
    def __call__(self, form: Mapping[str, str], credential: ServiceCredential, *, at: datetime) -> dict[str, Any]: ...


GRANT_TYPES: dict[str, Exchange] = {"client_credentials": client_credentials.exchange}


def exchange(form: Mapping[str, str], *, authorization: str, at: datetime) -> dict[str, Any]:
    """What the grant gives, in the RFC's words, or an `OAuthError`."""
    wanted = form.get("grant_type", "")
    if not wanted:
        raise InvalidRequest("The parameter grant_type is missing.")
    run = GRANT_TYPES.get(wanted)
    if run is None:
        raise UnsupportedGrantType(f"This server knows: {', '.join(GRANT_TYPES)}.")
    return run(form, authenticate(form, authorization, at=at), at=at)
