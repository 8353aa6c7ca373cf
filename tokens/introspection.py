"""What is told of a token to a service that was handed it (RFC 7662)."""

from datetime import datetime
from typing import Any

from django.conf import settings

from common import permissions
from rbac.selectors import role_names_of
from tokens import proofs
from tokens.errors import TokenNotValid
from tokens.models import ApiKey
from tokens.proofs import FIRST_PARTY_SCOPE, RefreshToken
from tokens.selectors import require_next_link, standing_of

API_KEY = "idk_"


def told_of(raw: str, *, at: datetime) -> dict[str, Any] | None:
    """What RFC 7662, section 2.2, tells of a token that could be used at `at`; None for every other, whatever the cause."""
    try:
        return _told_of_key(raw, at=at) if raw.startswith(API_KEY) else _told_of_token(raw, at=at)
    except TokenNotValid:
        return None


def _told_of_token(raw: str, *, at: datetime) -> dict[str, Any]:
    proof = proofs.read(raw, at=at)
    names = ("sub", "sid", "exp", "iat", "iss", "aud", "client_id")
    told = {"active": True, **{name: proof.payload[name] for name in names}}
    if isinstance(proof, RefreshToken):
        # It opens nothing but our own door, so nothing is told of scope and roles.
        require_next_link(proof, at=at)
        return told | {"token_type": "refresh_token"}
    roles = standing_of(proof, at=at).role_names(at)
    return told | _worth(proof.payload["scope"], roles)


def _told_of_key(raw: str, *, at: datetime) -> dict[str, Any]:
    """An API key is its own client. It is told without `sid`, and without `exp` where it never ends."""
    key: ApiKey | None = ApiKey.objects.presented(raw, at=at).select_related("user").first()
    if key is None or not key.user.is_active:
        raise TokenNotValid
    ours = {"iss": settings.TOKEN_ISSUER, "aud": settings.TOKEN_AUDIENCE}
    told = {"active": True, "sub": str(key.user_id), "iat": int(key.created_at.timestamp()), "client_id": str(key.pk)}
    ends = {"exp": int(key.expires_at.timestamp())} if key.expires_at else {}
    scope = FIRST_PARTY_SCOPE if permissions.EVERYTHING in key.scopes else " ".join(key.scopes)
    return told | ours | ends | _worth(scope, role_names_of(key.user_id, at=at))


def _worth(scope: str, roles: list[str]) -> dict[str, Any]:
    # Whoever goes by the names of roles would give more than a narrow scope is good for.
    return {"token_type": "Bearer", "scope": scope, "roles": roles if scope == FIRST_PARTY_SCOPE else []}
