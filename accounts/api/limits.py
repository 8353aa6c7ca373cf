"""How often a stranger may ask for what causes mail: from one client, to one address from there, and to one address at all."""

from rest_framework.request import Request

from accounts import addresses
from common.http import rates
from common.http.actors import caller_of
from common.throttle import Limit, spend

FROM_ONE_CLIENT = Limit("account-requests", 30, 3600)
# Counted with the client, or one stranger could use up what the owner of the address needs to get back in.
TO_ONE_ADDRESS_FROM_THERE = Limit("account-mails", 5, 3600)
TO_ONE_ADDRESS = Limit("account-mails-in-all", 60, 3600)


def spend_mail_to(address: str, request: Request) -> None:
    """Refuse where too many mails were asked for this address; counted whether or not it has an account."""
    known_as = addresses.canonical_or_blank(address)
    from_there = spend(TO_ONE_ADDRESS_FROM_THERE, f"{known_as} {caller_of(request)}")
    rates.refuse_spent([from_there])
    rates.refuse_spent([spend(TO_ONE_ADDRESS, known_as)])
