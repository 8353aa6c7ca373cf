"""What leaves the process as text (log lines, mails) and what comes in (secret files): nothing forged, nothing told."""

import io
import json
import logging
import os
import re
import stat
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from accounts.models import User
from identity_server import schedules
from identity_server.config.faults import Fault
from identity_server.logging import clean
from identity_server.schedule import SCHEDULE
from identity_server.tests.conftest import Load
from identity_server.tests.writing import log_lines

CANARY = "hunter2-the-canary"
# C0, DEL, C1, the separators that some readers take for new lines, and what reorders or hides text.
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff"]


@pytest.fixture(params=[True, False], ids=["json", "console"])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that the process logs, as in production and as on a terminal."""
    with log_lines(json=request.param) as stream:
        yield stream


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "identity_server.mail.EmlBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def mail(**said: Any) -> EmailMessage:
    given = {"subject": "Hello", "body": "Text\n", "from_email": "id@localhost", "to": ["alice@example.org"]}
    return EmailMessage(**{**given, **said})


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_every_control_character_is_written_out(control: str, lines: io.StringIO) -> None:
    logging.getLogger("said").warning("name is %s", f"a{control}forged")

    (line, rest) = lines.getvalue().split("\n")
    assert rest == ""
    assert line.isprintable()
    assert "forged" in line


@pytest.mark.parametrize("value", [{"inner": "a\nb"}, ["a\nb"], {"deep": [{"er": "a\nb"}]}, ("a\nb",), {"a\nb"}])
def test_a_control_character_is_found_however_deep_it_hides(value: object) -> None:
    assert "\n" not in str(clean(value))
    assert "a\\\\nb" in str(clean(value))


@pytest.mark.parametrize(
    "name", ["Password", "NEW_PASSWORD", "passphrase", "PROXY-AUTHORIZATION", "cookie", "private_key"]
)
def test_a_field_is_masked_whatever_it_holds_and_however_deep(name: str) -> None:
    for secret in (CANARY, [CANARY], {"value": CANARY}, CANARY.encode()):
        assert CANARY not in str(clean({"body": [{name: secret}]}))


@pytest.mark.django_db
def test_a_whole_sign_in_leaves_neither_password_nor_authorization_in_the_log(
    client: Client, alice: User, lines: io.StringIO
) -> None:
    client.post(
        f"/api/v1/token/?password={CANARY}",
        {"email": alice.email, "password": CANARY},
        content_type="application/json",
        headers={"Authorization": f"Bearer {CANARY}", "Cookie": f"sessionid={CANARY}"},
    )

    assert "/api/v1/token/" in lines.getvalue()
    assert CANARY not in lines.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/a%0d%0aINFO+forged", "/a%1b[2Jb", "/a%e2%80%a8b", "/api/v1/users/%0aforged/"])
def test_no_path_and_no_agent_writes_a_line_of_its_own(path: str, client: Client, lines: io.StringIO) -> None:
    client.get(path, headers={"User-Agent": "curl\x1b]0;owned\x07\u2028forged", "X-Request-ID": "x\nforged"})

    told = [line for line in lines.getvalue().split("\n") if line]
    assert told
    assert all(line.isprintable() for line in told)
    assert not any(line.lstrip().startswith(("INFO", "forged")) for line in told)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("&".join(["a=1"] * 2_000), "application/x-www-form-urlencoded"),
        ("--x\r\n\r\n", "multipart/form-data; boundary=" + "x" * 300),
    ],
    ids=["too many fields", "a broken form"],
)
def test_a_stranger_does_not_fill_the_log_with_what_no_page_takes(
    body: str, form: str, client: Client, lines: io.StringIO
) -> None:
    assert client.post("/admin/login/", body, content_type=form).status_code == 400

    assert "/admin/login/" in lines.getvalue()
    assert "Traceback" not in lines.getvalue()


@pytest.mark.parametrize("lines", [True], indirect=True, ids=["json"])
def test_every_line_of_production_is_one_json_object(lines: io.StringIO) -> None:
    for said in ('"', "{", "\\", "é", "a" * 10_000):
        logging.getLogger("said").error("%s", said, exc_info=ValueError(said))

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [each["level"] for each in told] == ["error"] * 5


@pytest.mark.parametrize(
    "said",
    [
        {"subject": "Hello\r\nBcc: bob@example.org"},
        {"subject": "Hello\nX: y"},
        {"to": ["alice@example.org\nBcc: bob@example.org"]},
        {"from_email": "id@localhost\r\nX: y"},
        {"headers": {"X-Tag": "a\r\nBcc: bob@example.org"}},
    ],
)
def test_a_header_with_a_line_break_is_refused_and_leaves_no_file(said: dict[str, Any], folder: Path) -> None:
    with pytest.raises((BadHeaderError, ValueError)):
        mail(**said).send()

    assert not list(folder.glob("*"))


def test_a_mail_is_closed_to_others_whatever_the_umask_and_the_folder_was(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        mail().send()
    finally:
        os.umask(before)

    (found,) = folder.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, found)] == [0o700, 0o600]


def test_a_file_is_named_by_its_time_and_nothing_that_anybody_said(folder: Path) -> None:
    mail(subject="../../etc/passwd", to=["../x@example.org"]).send()

    (found,) = folder.iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{8}\.eml", found.name)


def test_a_mail_holds_what_was_written_and_hides_who_gets_it_blind(folder: Path) -> None:
    mail(subject="Grüße ☃", body="Zoë\n.\nFrom here\n", bcc=["bob@example.org"]).send()

    (found,) = folder.iterdir()
    message = message_from_bytes(found.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Grüße ☃"
    assert message.get_content() == "Zoë\n.\nFrom here\n"
    assert b"bob@example.org" not in found.read_bytes()


@pytest.mark.parametrize("wrapped", ["{}\n", "\n\n{}\r\n", "  {}  ", "\t{}"])
def test_a_secret_file_may_end_as_editors_end_files(wrapped: str, tmp_path: Path, configured: Load) -> None:
    (tmp_path / "name").write_text(wrapped.format("My server"))

    assert configured(PRODUCT_NAME_FILE=str(tmp_path / "name")).given.server.product_name == "My server"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "ENCRYPTION_KEYS", "METRICS_TOKEN", "ADMIN_PASSWORD"])
def test_every_secret_may_stand_in_a_file_and_no_fault_quotes_it(name: str, tmp_path: Path, configured: Load) -> None:
    (tmp_path / "secret").write_bytes(CANARY.encode() + b"\xff")

    with pytest.raises(Fault, match=f"{name}_FILE names a file that cannot be read") as fault:
        configured(**{f"{name}_FILE": str(tmp_path / "secret")})

    assert CANARY not in str(fault.value)


def test_a_folder_is_no_secret_file(tmp_path: Path, configured: Load) -> None:
    with pytest.raises(Fault, match="PRODUCT_NAME_FILE names a file that cannot be read: Is a directory"):
        configured(PRODUCT_NAME_FILE=str(tmp_path))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "edit",
    [
        {"enabled": False},
        {"queue": "slow"},
        {"expire_seconds": 7},
        {"description": "ours"},
        {"kwargs": '{"limit": 5}'},
        {"one_off": True},
    ],
)
def test_whatever_staff_changed_in_the_schedule_stays_theirs(edit: dict[str, Any], noon: datetime) -> None:
    schedules.install(at=noon)
    PeriodicTask.objects.update(**edit)

    schedules.install(at=noon)

    assert PeriodicTask.objects.filter(**edit).count() == PeriodicTask.objects.count() == len(SCHEDULE)


@pytest.mark.django_db
def test_a_slower_pace_and_a_task_of_staffs_own_stay(noon: datetime) -> None:
    schedules.install(at=noon)
    slower = IntervalSchedule.objects.create(every=3, period=IntervalSchedule.DAYS)
    PeriodicTask.objects.filter(name="Relay events").update(interval=slower)
    PeriodicTask.objects.create(name="Ours", task="events.relay", interval=slower)

    schedules.install(at=noon)

    assert set(PeriodicTask.objects.filter(interval=slower).values_list("name", flat=True)) == {"Relay events", "Ours"}


@pytest.mark.django_db
def test_beat_is_woken_only_by_what_is_new(noon: datetime) -> None:
    schedules.install(at=noon)
    first = PeriodicTasks.last_change()
    schedules.install(at=noon)
    assert PeriodicTasks.last_change() == first

    PeriodicTask.objects.filter(name="Relay events").delete()
    gone = PeriodicTasks.last_change()
    schedules.install(at=noon)

    assert PeriodicTasks.last_change() > gone


@pytest.mark.django_db
def test_tasks_of_one_pace_share_it_and_a_run_that_waits_too_long_is_dropped(noon: datetime) -> None:
    schedules.install(at=noon)

    paces = {wanted.every for wanted in SCHEDULE.values()}
    assert IntervalSchedule.objects.count() == len(paces)
    for task in PeriodicTask.objects.filter(name__in=SCHEDULE):
        assert task.expire_seconds == task.interval.every == SCHEDULE[task.name].every
