"""All groups of settings, read together."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from identity_server.config.environment import Group
from identity_server.config.faults import fault_of
from identity_server.config.policy import (
    AccessSettings,
    AccountSettings,
    EventSettings,
    SecuritySettings,
    TokenSettings,
)
from identity_server.config.services import BrokerSettings, CacheSettings, DatabaseSettings, MailSettings
from identity_server.config.serving import ServerSettings

Kind = TypeVar("Kind", bound=Group)
GROUPS: tuple[type[Group], ...] = (
    ServerSettings,
    DatabaseSettings,
    CacheSettings,
    BrokerSettings,
    MailSettings,
    SecuritySettings,
    AccountSettings,
    AccessSettings,
    TokenSettings,
    EventSettings,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    server: ServerSettings
    database: DatabaseSettings
    cache: CacheSettings
    broker: BrokerSettings
    mail: MailSettings
    security: SecuritySettings
    accounts: AccountSettings
    access: AccessSettings
    tokens: TokenSettings
    events: EventSettings

    @property
    def production(self) -> bool:
        """Whether this server leans on a database of its operator's, and so must be given what would else be made up."""
        return self.database.database_url is not None


def read() -> Groups:
    return Groups(
        server=_read(ServerSettings),
        database=_read(DatabaseSettings),
        cache=_read(CacheSettings),
        broker=_read(BrokerSettings),
        mail=_read(MailSettings),
        security=_read(SecuritySettings),
        accounts=_read(AccountSettings),
        access=_read(AccessSettings),
        tokens=_read(TokenSettings),
        events=_read(EventSettings),
    )


def _read(group: type[Kind]) -> Kind:
    try:
        return group()
    except ValidationError as error:
        raise fault_of(error, group) from None
