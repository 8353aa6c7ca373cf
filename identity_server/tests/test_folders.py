"""The embedded broker: files in folders."""

import json
import stat
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Producer, Queue

from identity_server import broker
from identity_server.folders import Transport

MAIL = Queue("mail", Exchange("tasks", type="direct"), routing_key="mail")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def connection(folder: Path) -> Iterator[Connection]:
    with Connection(transport=Transport, transport_options=broker.folder_options(folder)) as connection:
        yield connection


def send(connection: Connection, *messages: int, queue: Queue = MAIL) -> None:
    for message in messages:
        Producer(connection).publish(message, exchange=queue.exchange, routing_key=queue.routing_key, declare=[queue])


def receive(connection: Connection, queue: Queue = MAIL) -> object:
    message = queue.bind(connection.channel()).get(no_ack=True)
    return message and message.payload


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_messages_arrive_in_their_order(connection: Connection) -> None:
    send(connection, *range(20))

    assert [receive(connection) for _ in range(21)] == [*range(20), None]


def test_another_process_finds_them(connection: Connection, folder: Path) -> None:
    send(connection, 1)

    with Connection(transport=Transport, transport_options=broker.folder_options(folder)) as other:
        assert receive(other) == 1


def test_queues_whose_names_end_alike_are_kept_apart(connection: Connection) -> None:
    express = Queue("express.mail", Exchange("tasks", type="direct"), routing_key="express")
    send(connection, 1, queue=express)
    MAIL.bind(connection.channel()).declare()

    assert receive(connection) is None
    assert receive(connection, express) == 1


def test_each_message_is_taken_once(connection: Connection) -> None:
    send(connection, *range(60))
    channels: list[Any] = [connection.channel() for _ in range(4)]

    def take(number: int) -> int | None:
        try:
            found: int = json.loads(b64decode(channels[number % 4]._get("mail")["body"]))
        except Empty:
            return None
        return found

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(take, range(80)))

    assert sorted(each for each in taken if each is not None) == list(range(60))


def test_a_message_that_is_still_being_written_is_not_seen(connection: Connection, folder: Path) -> None:
    MAIL.bind(connection.channel()).declare()
    (folder / "messages" / ".0001_half.mail.msg").write_text('{"body": "ha')

    assert receive(connection) is None


def test_nobody_else_can_read_them(connection: Connection, folder: Path) -> None:
    send(connection, 1)

    assert stat.S_IMODE((message := next((folder / "messages").iterdir())).stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, message.parent, folder / "control")} == {0o700}


def test_nothing_is_left_of_what_was_received(connection: Connection, folder: Path) -> None:
    send(connection, 1)
    receive(connection)

    assert files(folder / "messages") == []


def test_many_that_bind_at_once_do_not_tear_the_table(folder: Path) -> None:
    def bind(number: int) -> None:
        with Connection(transport=Transport, transport_options=broker.folder_options(folder)) as own:
            channel: Any = own.channel()
            channel._queue_bind("tasks", f"key-{number}", "", f"queue-{number}")
            assert (f"key-{number}", "", f"queue-{number}") in channel.get_table("tasks")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(bind, range(40)))

    assert len(json.loads((folder / "control" / "tasks.exchange").read_text())) == 40


def test_a_broadcast_reaches_every_listener(connection: Connection) -> None:
    news = Exchange("news", type="fanout")
    listeners = [Queue(name, news) for name in ("one", "two")]
    for listener in listeners:
        listener.bind(connection.channel()).declare()

    Producer(connection).publish("hello", exchange=news)

    assert [receive(connection, listener) for listener in listeners] == ["hello", "hello"]


def test_a_binding_can_be_taken_back(connection: Connection, folder: Path) -> None:
    queue = MAIL.bind(connection.channel())
    queue.declare()
    queue.delete()

    assert receive(connection) is None
    assert json.loads((folder / "control" / "tasks.exchange").read_text()) == []
