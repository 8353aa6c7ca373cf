"""`up`: what it refuses before it starts anything, and which parts it starts."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from identity_server import starting
from identity_server.queues import QUEUES
from identity_server.schedule import SCHEDULE
from identity_server.supervisor.parts import Part
from identity_server.supervisor.server import NAMES, Serving, parts_of
from identity_server.tests.conftest import PRODUCTION, Load


def serving(bind: str = "127.0.0.1:8000", *, embedded: bool = True, slots: int = 2) -> Serving:
    return Serving(
        bind=bind,
        sign_in_bind="" if embedded else "127.0.0.1:8005",
        hashing_slots=slots,
        hashing_turns=10,
        var_dir=Path("/var/id"),
        web_workers=4,
        worker_concurrency=3,
        embedded=embedded,
    )


def part(name: str, given: Serving) -> Part:
    return next(part for part in parts_of(given) if part.name == name)


def option(given: Part, name: str) -> str:
    return given.command[given.command.index(name) + 1]


@pytest.fixture
def taken() -> Iterator[str]:
    """An address on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield f"127.0.0.1:{somebody.getsockname()[1]}"


@pytest.mark.parametrize("wanted", [(), ("web",), ("beat", "web")])
def test_an_address_in_use_is_refused_before_anything_starts(
    bare: pytest.MonkeyPatch, taken: str, wanted: tuple[str, ...]
) -> None:
    bare.setenv("BIND", taken)

    with pytest.raises(CommandError, match=f"BIND cannot be {taken}"):
        call_command("up", *wanted)


@pytest.mark.usefixtures("bare")
def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no wep; the parts are web, sign-in, worker, beat"):
        call_command("up", "wep", "worker")


def test_the_parts_are_web_sign_in_worker_and_beat() -> None:
    assert tuple(part.name for part in parts_of(serving(embedded=False))) == NAMES


@pytest.mark.usefixtures("bare")
def test_the_embedded_server_signs_in_where_it_does_everything_else() -> None:
    assert tuple(part.name for part in parts_of(serving())) == ("web", "worker", "beat")

    with pytest.raises(CommandError, match="There is no sign-in here"):
        call_command("up", "sign-in")


def test_an_address_in_use_is_refused_for_the_sign_in_too(configured: Load, taken: str) -> None:
    configured(**PRODUCTION, SIGN_IN_BIND=taken)

    with pytest.raises(CommandError, match=f"SIGN_IN_BIND cannot be {taken}"):
        call_command("up", "sign-in", "beat")


def test_the_sign_in_answers_elsewhere_and_stands_back_behind_the_others() -> None:
    web, lane = part("web", serving(embedded=False)), part("sign-in", serving(embedded=False))

    assert (option(lane, "--port"), lane.ready_url) == ("8005", "http://127.0.0.1:8005/healthz")
    assert lane.nice > web.nice == 0


def test_the_sign_in_has_threads_for_all_who_hash_or_wait_and_some_to_refuse_the_rest() -> None:
    lane = part("sign-in", serving(embedded=False))

    assert int(option(lane, "--blocking-threads")) > 10


@pytest.mark.parametrize(("slots", "processes"), [(1, "1"), (2, "2"), (64, "4")])
def test_who_hashes_has_a_process_but_there_are_no_more_of_them_than_for_the_web(slots: int, processes: str) -> None:
    lane = part("sign-in", serving(embedded=False, slots=slots))

    assert option(lane, "--workers") == processes


@pytest.mark.parametrize(("embedded", "threads"), [(True, 4), (False, 2)])
def test_who_reads_waits_behind_no_password_whether_or_not_there_is_a_lane(embedded: bool, threads: int) -> None:
    web = part("web", serving(embedded=embedded))

    assert option(web, "--blocking-threads") == str(threads)


def test_all_that_answers_on_one_node_counts_into_one_folder_and_keeps_one_arena() -> None:
    web, lane = (part(name, serving(embedded=False)).environment for name in ("web", "sign-in"))

    assert web["PROMETHEUS_MULTIPROC_DIR"] == lane["PROMETHEUS_MULTIPROC_DIR"]
    assert web["MALLOC_ARENA_MAX"] == lane["MALLOC_ARENA_MAX"] == "1"


@pytest.mark.parametrize(("embedded", "workers"), [(True, "1"), (False, "4")])
def test_sqlite_is_served_by_one_process(embedded: bool, workers: str) -> None:
    assert option(part("web", serving(embedded=embedded)), "--workers") == workers


@pytest.mark.parametrize(
    ("bind", "host", "asked_at"),
    [
        ("127.0.0.1:8000", "127.0.0.1", "http://127.0.0.1:8000/healthz"),
        ("0.0.0.0:80", "0.0.0.0", "http://127.0.0.1:80/healthz"),  # noqa: S104
        ("[::]:8000", "::", "http://[::1]:8000/healthz"),
        ("[::1]:8000", "::1", "http://[::1]:8000/healthz"),
        ("localhost:8000", "localhost", "http://localhost:8000/healthz"),
    ],
)
def test_the_web_is_asked_at_an_address_of_this_machine(bind: str, host: str, asked_at: str) -> None:
    web = part("web", serving(bind))

    assert (option(web, "--host"), web.ready_url) == (host, asked_at)


def test_servers_on_one_machine_share_neither_metrics_nor_the_workers_name() -> None:
    one, other = serving("127.0.0.1:8000"), serving("127.0.0.1:8001")

    assert one.metrics_dir != other.metrics_dir
    assert option(part("worker", one), "-n") != option(part("worker", other), "-n")


def test_the_worker_listens_to_every_queue_that_something_is_sent_to() -> None:
    heard = option(part("worker", serving()), "-Q").split(",")

    assert heard == list(QUEUES)
    assert {periodic.queue for periodic in SCHEDULE.values()} <= set(heard)


def test_metrics_of_processes_that_are_gone_are_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "metrics" / "8000"
    starting._prepare_metrics(folder)
    (folder / "counter_1.db").touch()

    starting._prepare_metrics(folder)

    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700
