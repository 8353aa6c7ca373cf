"""How often a stranger may ask for what causes mail: from one client, and to one address."""

from accounts import addresses
from common.http import rates
from common.throttle import Limit, spend

FROM_ONE_CLIENT = Limit("account-requests", 30, 3600)
TO_ONE_ADDRESS = Limit("account-mails", 5, 3600)


def spend_mail_to(address: str) -> None:
    """Refuse where too many mails were asked for this address; counted whether or not it has an account."""
    rates.refuse_spent([spend(TO_ONE_ADDRESS, addresses.canonical_or_blank(address))])
