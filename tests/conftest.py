"""A live server, started once for all tests of a process that ask for it."""

from collections.abc import Iterator

import pytest

from tests.live import Site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    running = Site()
    try:
        yield running.wait_until_ready()
    finally:
        running.stop()
