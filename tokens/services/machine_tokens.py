"""The tokens of machines: bought with a secret, for a few minutes, and no row is written for them."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from rbac.selectors import role_names_of_machine
from tokens import keyring
from tokens.models import KeyState, ServiceCredential, SigningKey
from tokens.proofs import AccessToken
from tokens.services import keys


class Bought(NamedTuple):
    access: str
    expires_in: int


def issue(credential: ServiceCredential, *, scope: str, at: datetime) -> Bought:
    """An access token for whoever has just shown this credential, with the roles that its account has now."""
    keyring.expect(_signing_now(at=at))
    roles = role_names_of_machine(credential.service_account_id, at=at)
    access = AccessToken.of_machine(credential, scope=scope, roles=roles, at=at)
    return Bought(str(access), access["exp"] - access["iat"])


def _signing_now(*, at: datetime) -> str:
    # The ring of this process may not have heard yet that an emergency has removed its key.
    active = SigningKey.objects.filter(state=KeyState.ACTIVE, algorithm=settings.SIGNING_ALGORITHM)
    return active.values_list("kid", flat=True).first() or keys.ensure(at=at).kid
