"""How many statements a request takes: a relay in front of PostgreSQL that counts what passes. It needs no extension and no log."""

import asyncio
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

LENGTH = 4
# Of the frontend's messages (PostgreSQL 17, section 53.7): a simple query, and the execution of a prepared one.
COUNTED = b"QE"


def take(buffer: bytearray, *, started: bool) -> tuple[int, bool]:
    """Eat the whole messages of `buffer`: how many of them are statements, and whether the start-up message has passed."""
    found = 0
    while True:
        kind = 1 if started else 0
        if len(buffer) < kind + LENGTH:
            return found, started
        size = kind + int.from_bytes(buffer[kind : kind + LENGTH], "big")
        if len(buffer) < size:
            return found, started
        found += started and buffer[0] in COUNTED
        del buffer[:size]
        started = True


class Relay:
    """Listens on `port` for as long as the program runs; `count` grows. Encryption must be off on its side: PGSSLMODE."""

    def __init__(self, database_url: str, port: int) -> None:
        self.count = 0
        self.target = urlsplit(database_url)
        credentials = self.target.netloc.rpartition("@")[0]
        place = f"{credentials}@127.0.0.1:{port}" if credentials else f"127.0.0.1:{port}"
        self.url = urlunsplit(self.target._replace(netloc=place))
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", port))
        Thread(target=self.loop.run_forever, daemon=True).start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self.target.hostname, self.target.port or 5432)
        await asyncio.gather(self._pass(reader, back, counted=True), self._pass(there, writer, counted=False))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        buffer, started = bytearray(), False
        try:
            while chunk := await reader.read(65536):
                if counted:
                    buffer += chunk
                    found, started = take(buffer, started=started)
                    self.count += found
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
