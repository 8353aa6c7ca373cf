"""The tokens of machines: bought with a secret, for a few minutes, and no row is written for them."""

from datetime import datetime
from typing import NamedTuple

from rbac.selectors import role_names_of_machine
from tokens.models import ServiceCredential
from tokens.proofs import AccessToken
from tokens.services import issuing


class Bought(NamedTuple):
    access: str
    expires_in: int


def issue(credential: ServiceCredential, *, scope: str, at: datetime) -> Bought:
    """An access token for whoever has just shown this credential, with the roles that its account has now."""
    issuing.have_signer(at=at)
    roles = role_names_of_machine(credential.service_account_id, at=at)
    access = AccessToken.of_machine(credential, scope=scope, roles=roles, at=at)
    return Bought(str(access), access["exp"] - access["iat"])
