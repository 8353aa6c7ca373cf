import pytest

from benchmarks.statements import take

START = (8).to_bytes(4, "big") + b"\0\3\0\0"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


PREPARED = message(b"P", b"select 1\0") + message(b"B", b"Q") + message(b"D") + message(b"E", b"\0") + message(b"S")


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        (b"", 0),
        (message(b"Q", b"BEGIN\0"), 1),
        (PREPARED, 1),
        (message(b"Q", b"BEGIN\0") + PREPARED * 2 + message(b"Q", b"COMMIT\0"), 4),
        (message(b"p", b"QE password") + message(b"X"), 0),
    ],
)
def test_a_statement_is_a_simple_query_or_an_execution(sent: bytes, count: int) -> None:
    assert take(bytearray(START + sent), started=False) == (count, True)


def test_a_message_in_pieces_is_counted_once() -> None:
    buffer, found, started = bytearray(), 0, False

    for byte in START + PREPARED:
        buffer.append(byte)
        seen, started = take(buffer, started=started)
        found += seen

    assert (found, bytes(buffer)) == (1, b"")
