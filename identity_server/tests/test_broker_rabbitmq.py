"""On a real RabbitMQ: topology, confirmation, and messages that nobody takes."""

import os
import time
from collections.abc import Iterator

import pytest
from amqp.exceptions import ChannelError
from kombu import Connection, Exchange, Message, Producer, Queue
from kombu.exceptions import OperationalError

from identity_server import broker
from identity_server.celery import declare_dead_letters
from identity_server.tests.proxy import Proxy

pytestmark = pytest.mark.services
TIMEOUT = 1.0
OPTIONS = broker.rabbitmq_options(timeout=TIMEOUT)


@pytest.fixture
def rabbitmq() -> Iterator[Connection]:
    """As the server connects, only less patient."""
    with Connection(os.environ["BROKER_URL"], transport_options=OPTIONS) as connection:
        yield connection


@pytest.fixture
def tasks(rabbitmq: Connection) -> Iterator[Queue]:
    """A queue like ours, but of this test's own."""
    name = f"test-{os.getpid()}"
    arguments = broker.rabbitmq_queues(2)[0].queue_arguments
    queue = Queue(name, Exchange("tasks", type="topic", durable=True), routing_key=name, queue_arguments=arguments)
    bound = queue.bind(rabbitmq.default_channel)
    declare_dead_letters(rabbitmq)
    bound.declare()
    yield bound
    bound.delete()


def test_a_message_arrives(rabbitmq: Connection, tasks: Queue) -> None:
    Producer(rabbitmq).publish({"n": 1}, exchange="tasks", routing_key=tasks.name, mandatory=True)

    assert _next(tasks).payload == {"n": 1}


def test_a_message_that_no_queue_takes_is_refused(rabbitmq: Connection, tasks: Queue) -> None:
    with pytest.raises(ChannelError, match="NO_ROUTE"):
        Producer(rabbitmq).publish({}, exchange="tasks", routing_key=f"{tasks.name}-gone", mandatory=True)


def test_a_message_that_comes_back_too_often_becomes_a_dead_letter(rabbitmq: Connection, tasks: Queue) -> None:
    dead, poison = broker.DEAD_LETTERS.bind(rabbitmq.channel()), f"poison {time.time_ns()}"
    Producer(rabbitmq).publish(poison, exchange="tasks", routing_key=tasks.name)

    for _ in range(3):
        _next(tasks).requeue()

    _next(dead, poison).ack()


def test_a_broker_that_falls_silent_is_given_up(tasks: Queue) -> None:
    with Proxy(os.environ["BROKER_URL"]) as proxy, Connection(proxy.url, transport_options=OPTIONS) as connection:
        producer = Producer(connection)
        producer.publish({}, exchange="tasks", routing_key=tasks.name)
        proxy.silent.set()
        began = time.monotonic()

        with pytest.raises((OperationalError, OSError)):
            producer.publish({}, exchange="tasks", routing_key=tasks.name, confirm_timeout=TIMEOUT)

    assert time.monotonic() - began < 4 * TIMEOUT


def _next(queue: Queue, payload: object = None) -> Message:
    """The next message (with that payload); RabbitMQ takes a moment to bring one back."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        message = queue.get(no_ack=False)
        if message is not None and (payload is None or payload == message.payload):
            return message
    raise AssertionError("no message came")
