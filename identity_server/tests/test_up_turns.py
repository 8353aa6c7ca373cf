"""Servers that start together set their database up one after the other."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

import pytest
from django.db import connection
from pytest_django import Settings

from identity_server import turns

pytestmark = pytest.mark.django_db(transaction=True)


def take(begun: Event, may_end: Event) -> None:
    try:
        with turns.my_turn():
            begun.set()
            may_end.wait(30)
    finally:
        connection.close()


@pytest.mark.parametrize("embedded", [True, pytest.param(False, marks=pytest.mark.services)])
def test_the_second_waits_for_the_first(settings: Settings, tmp_path: Path, embedded: bool) -> None:
    settings.VAR_DIR, settings.EMBEDDED = tmp_path, embedded
    first, second, go_on = Event(), Event(), Event()
    with ThreadPoolExecutor(2) as servers:
        servers.submit(take, first, go_on)
        assert first.wait(30)
        late = servers.submit(take, second, go_on)

        assert not wait([late], timeout=0.5).done
        assert not second.is_set()

        go_on.set()
        late.result(30)
    assert second.is_set()


@pytest.mark.parametrize("embedded", [True, pytest.param(False, marks=pytest.mark.services)])
def test_who_fails_in_her_turn_leaves_it_to_the_next(settings: Settings, tmp_path: Path, embedded: bool) -> None:
    settings.VAR_DIR, settings.EMBEDDED = tmp_path, embedded

    with pytest.raises(ZeroDivisionError), turns.my_turn():
        raise ZeroDivisionError

    begun, may_end = Event(), Event()
    may_end.set()
    with ThreadPoolExecutor(1) as another:
        another.submit(take, begun, may_end).result(30)
    assert begun.is_set()
