"""A proxy between us and a service, which can fall silent: it goes on listening and answers no more."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """`url` is the service's, by way of here."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.silent = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sockets = [self.listener]
        credentials, at, _ = self.parts.netloc.rpartition("@")
        address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.url = urlunsplit(self.parts._replace(netloc=f"{credentials}{at}{address}"))

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                service = socket.create_connection((self.parts.hostname or "", self.parts.port or 0))
                self.sockets += [client, service]
                threading.Thread(target=self._pump, args=(client, service, threading.Event()), daemon=True).start()
                threading.Thread(target=self._pump, args=(service, client, self.silent), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while received := source.recv(65536):
                if not silent.is_set():
                    sink.sendall(received)
