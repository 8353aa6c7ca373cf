"""The client credentials grant (RFC 6749, section 4.4): a machine buys a token for itself, with its secret.

There is no refresh token (section 4.4.3): the secret is at hand for the next one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import ServiceAccount
from common import permissions
from rbac import selectors
from tokens.grants.errors import InvalidScope
from tokens.models import ServiceCredential
from tokens.proofs import FIRST_PARTY_SCOPE
from tokens.services import machine_tokens

# Keeps the token below 4 kB.
LONGEST_SCOPE = 1000


def exchange(form: Mapping[str, str], credential: ServiceCredential, *, at: datetime) -> dict[str, Any]:
    scope = check_scope(form.get("scope", ""), credential.service_account, at=at)
    bought = machine_tokens.issue(credential, scope=scope, at=at)
    return {
        "access_token": bought.access,
        "token_type": "Bearer",
        "expires_in": bought.expires_in,
        "scope": scope,
    }


def check_scope(asked: str, account: ServiceAccount, *, at: datetime) -> str:
    """The scope that is given: `api` for all that the account may, else patterns that this is cut down to, sorted."""
    patterns = sorted(set(asked.split(" ")) - {""}) or [FIRST_PARTY_SCOPE]
    if FIRST_PARTY_SCOPE in patterns:
        return FIRST_PARTY_SCOPE
    scope = " ".join(patterns)
    if len(scope) > LONGEST_SCOPE or not all(map(permissions.is_pattern, patterns)):
        raise InvalidScope(f"A scope is {FIRST_PARTY_SCOPE}, or permissions such as invoice:view or invoice:*.")
    if selectors.untouched(account, patterns, at=at):
        raise InvalidScope("The client holds nothing of a permission that it asks for.")
    return scope
