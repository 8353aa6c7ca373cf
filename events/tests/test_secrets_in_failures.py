"""Whatever a failing subscriber quotes, `last_error` keeps no secret and staff can still tell what went wrong."""

from collections.abc import Callable
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from events.masking import LONGEST, masked
from events.models import Delivery
from events.services import delivery, handover
from events.tests.factories import owed
from events.tests.fakes import Subscriber

CANARY = "hunter2"
QUOTING = [
    f"postgresql://identity:{CANARY}@db.internal:5432/identity does not answer",
    f"redis://:{CANARY}@cache:6379/0 timed out",
    f"AMQPS://guest:{CANARY}@broker//",
    f"connection failed: password={CANARY} host=db",
    f"PGPASSWORD={CANARY} was refused",
    f"smtp_password : {CANARY}",
    f"client_secret={CANARY}&grant_type=client_credentials",
    f"refresh_token={CANARY}",
    f"API_KEY={CANARY}",
    f'{{"password": "{CANARY}"}}',
    f"{{'token': '{CANARY}'}}",
    f"User(email='{CANARY}@example.org')",
    f"550 {CANARY}@mx.example.org: user unknown",
    f"<{CANARY}+tag@example.org>",
    f"Key (email)=({CANARY}) already exists",
    f"see https://id.example.org/reset#token={CANARY}.",
    f"secret\r\n{CANARY}",
]


@pytest.mark.parametrize("text", QUOTING)
def test_what_a_failure_quotes_is_left_out(text: str) -> None:
    assert CANARY not in masked(text)


@pytest.mark.django_db
@pytest.mark.parametrize("text", QUOTING)
def test_neither_row_nor_log_keeps_what_a_subscriber_quoted(
    text: str, subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    subscribe(failures=[ConnectionError(text)])
    found = owed(at=noon)

    with capture_logs() as lines:
        delivery.deliver(found.pk, at=noon)

    kept = Delivery.objects.get().last_error
    assert kept.startswith("ConnectionError")
    assert CANARY not in kept
    assert CANARY not in str(lines)


@pytest.mark.parametrize(
    "text",
    [
        "421 too many connections",
        "timed out after 30 seconds",
        "[Errno 111] Connection refused",
        "division by zero",
    ],
)
def test_what_is_no_secret_is_told_as_it_was(text: str) -> None:
    assert masked(text) == text


@pytest.mark.django_db
@pytest.mark.parametrize("length", [LONGEST - 30, LONGEST, 10 * LONGEST])
def test_the_longest_failure_fits_its_column_and_names_its_place(
    length: int, subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    subscribe(failures=[ValueError(("so it goes " * length)[:length])])

    delivery.deliver(owed(at=noon).pk, at=noon)

    kept = Delivery.objects.get().last_error
    assert len(kept) <= LONGEST
    assert "(fakes.py:" in kept


@pytest.mark.django_db
def test_a_success_takes_the_old_failure_away(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    subscribe(failures=[ValueError("not yet")])
    found = owed(at=noon)
    delivery.deliver(found.pk, at=noon)
    found.refresh_from_db()
    assert found.last_error.startswith("ValueError: not yet")

    delivery.deliver(found.pk, at=found.next_attempt_at)

    assert Delivery.objects.get().last_error == ""


@pytest.mark.usefixtures("no_broker")
def test_the_password_of_the_broker_is_in_no_log_when_it_is_down() -> None:
    with capture_logs() as lines:
        assert not handover.send("events.relay", queue="events")

    assert [line["event"] for line in lines] == ["the broker did not take a message"]
    assert "guest" not in str(lines)
