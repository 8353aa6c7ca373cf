"""A connection that came back to the pool a moment ago is lent again as it is; one that has rested is asked first if it lives.

Django's own way is to ask each time, which costs a request as much as one more question to the database.
"""

import time
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# A database that was restarted within this time fails the request that meets its dead connection (503), and no later one.
FRESH_SECONDS = 1.0


def check(connection: Any) -> None:
    if time.monotonic() - getattr(connection, "came_back_at", float("-inf")) > FRESH_SECONDS:
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    # Of Django's class, whose stubs leave them out.
    _connection_pools: dict[str, Any]
    _configure_connection: Any

    @property
    def pool(self) -> Any:
        """One for all threads of this process; None where connections are not lent."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            self._connection_pools.setdefault(self.alias, self._made(options))
        return self._connection_pools[self.alias]

    def _made(self, options: dict[str, Any]) -> Any:
        how = {**self.get_connection_params(), "autocommit": True}
        # Opened with the first connection, and not at the start of a process that may never ask.
        return ConnectionPool(kwargs=how, open=False, configure=self._configure_connection, check=check, **options)

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.came_back_at = time.monotonic()
        super()._close()  # type: ignore[misc]  # likewise
