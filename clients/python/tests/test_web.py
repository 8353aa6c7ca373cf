"""The standard library's way of asking, against a real server in a thread; and which addresses may be asked at all."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from identity_client import VerifierUnavailable, web
from identity_client.web import Server, fetch

PORTS = range(19100, 19150)


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, str, str]]] = []

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self.asked.append((self.path, self.headers.get("Authorization", ""), self.rfile.read(size).decode()))
        if self.path == "/hangs-up":
            return
        self.send_response({"/moved": 302, "/refused": 403}.get(self.path, 200))
        self.send_header("Location", "/elsewhere")
        self.send_header("Cache-Control", "max-age=7")
        self.end_headers()
        self.wfile.write(b'{"said": true}')

    do_POST = do_GET  # noqa: N815  the name is http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  so is this
        """Keeps the output of tests clean."""


def _bound() -> HTTPServer:
    for port in PORTS:
        try:
            return HTTPServer(("127.0.0.1", port), Handler)
        except OSError:
            continue
    raise AssertionError("no free port")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a server that runs while these tests do."""
    server = _bound()
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.live
def test_an_answer_has_its_headers_in_lower_case(origin: str) -> None:
    found = fetch(f"{origin}/here", headers={"Authorization": "Bearer x"}, form=None, timeout=5)

    assert (found.status, found.headers["cache-control"], found.body) == (200, "max-age=7", b'{"said": true}')
    assert Handler.asked[-1] == ("/here", "Bearer x", "")


@pytest.mark.live
def test_a_form_is_posted(origin: str) -> None:
    fetch(f"{origin}/token", headers={}, form={"grant_type": "client_credentials"}, timeout=5)

    assert Handler.asked[-1] == ("/token", "", "grant_type=client_credentials")


@pytest.mark.live
@pytest.mark.parametrize(("path", "status"), [("/moved", 302), ("/refused", 403)])
def test_a_redirect_is_an_answer_like_a_refusal_and_nobody_goes_there(origin: str, path: str, status: int) -> None:
    found = fetch(f"{origin}{path}", headers={"Authorization": "Bearer x"}, form=None, timeout=5)

    assert (found.status, found.body) == (status, b"")
    assert Handler.asked[-1][0] == path


@pytest.mark.live
def test_who_hangs_up_gives_no_answer(origin: str) -> None:
    with pytest.raises(OSError, match="Disconnected"):
        fetch(f"{origin}/hangs-up", headers={}, form=None, timeout=5)


@pytest.mark.live
@pytest.mark.parametrize(("max_bytes", "timeout_left"), [(5, 5), (1000, 0)], ids=["too long", "too slow"])
def test_an_answer_is_bounded(origin: str, monkeypatch: pytest.MonkeyPatch, max_bytes: int, timeout_left: int) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", max_bytes)
    clock = iter([0.0, 5.0 - timeout_left + 0.1, 5.1])
    monkeypatch.setattr("identity_client.web.time.monotonic", lambda: next(clock))

    with pytest.raises(OSError, match="too long"):
        fetch(f"{origin}/long", headers={}, form=None, timeout=5)


@pytest.mark.live
@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,x"])
def test_only_http_is_spoken(address: str) -> None:
    with pytest.raises(OSError, match="unknown url type"):
        fetch(address, headers={}, form=None, timeout=5)


@pytest.mark.parametrize(
    "issuer", ["http://id.example.org", "id.example.org", "", "ftp://id.example.org", "https://", "http://10.0.0.1"]
)
def test_an_issuer_that_others_can_listen_in_on_stops_the_start(issuer: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Server(issuer, fetch=fetch, timeout=5)


@pytest.mark.parametrize("issuer", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_this_machine_may_be_asked_in_the_clear(issuer: str) -> None:
    assert Server(issuer, fetch=fetch, timeout=5).url == issuer


def test_another_machine_may_be_asked_in_the_clear_if_somebody_says_so() -> None:
    assert Server("http://identity:8000", fetch=fetch, timeout=5, allow_http=True).url == "http://identity:8000"


def test_a_credential_that_is_no_header_shows_in_no_fault() -> None:
    server = Server("https://id.example.org", fetch=fetch, timeout=5)

    with pytest.raises(VerifierUnavailable) as caught:
        server.ask("/x\n", headers={"Authorization": "Bearer idk_a\nb"})

    assert "idk_" not in str(caught.value)
