"""The embedded server makes its secrets once and keeps them to itself."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from identity_server.config.faults import Fault
from identity_server.config.kept import kept, private_folder
from identity_server.tests.conftest import PRODUCTION, Load


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_read_again(configured: Load) -> None:
    first, again = configured(), configured()

    assert (first.secret_key, first.encryption_keys) == (again.secret_key, again.encryption_keys)
    assert len(first.secret_key) >= 50


def test_only_the_owner_can_read_them(configured: Load) -> None:
    given = configured()
    _ = given.secret_key, given.encryption_keys

    assert mode_of(given.var_dir) == 0o700
    assert {mode_of(path) for path in given.var_dir.iterdir()} == {0o600}


def test_nothing_is_made_up_where_it_is_given(configured: Load) -> None:
    given = configured(**PRODUCTION)
    _ = given.secret_key, given.encryption_keys

    assert list(given.var_dir.iterdir()) == []


def test_of_many_that_start_at_once_all_read_the_same(tmp_path: Path) -> None:
    numbers = count()

    def start(_: int) -> str:
        return kept(tmp_path / "secret", lambda: f"secret-{next(numbers)}")

    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(start, range(64)))

    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.live
def test_of_two_processes_that_start_at_once_both_read_the_same(tmp_path: Path) -> None:
    program = (
        "import secrets, pathlib; from identity_server.config.kept import kept;"
        f"print(kept(pathlib.Path({str(tmp_path / 'secret')!r}), secrets.token_hex))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(2)]

    assert len({process.communicate()[0] for process in running}) == 1


def test_an_empty_secret_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()

    with pytest.raises(Fault, match="VAR_DIR holds secret-key, which cannot be read or is empty"):
        kept(tmp_path / "secret-key", lambda: "another")


def test_a_folder_of_ours_that_others_could_enter_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    assert mode_of(private_folder(tmp_path)) == 0o700


def test_a_folder_that_is_everybodys_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)

    with pytest.raises(Fault, match="VAR_DIR is shared with others"):
        private_folder(tmp_path)
