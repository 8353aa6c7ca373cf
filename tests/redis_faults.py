"""What may become of Redis around a change. Each fault says at what time the change was answered, and makes sure that it landed."""

import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from tokens.tests.redis_server import RedisServer

Take = Callable[[], float]


def nothing(redis: RedisServer, take: Take) -> float:
    return take()


def killed(redis: RedisServer, take: Take) -> float:
    _end(redis)
    try:
        return take()
    finally:
        assert not _answers(redis)
        redis.start()


def killed_meanwhile(redis: RedisServer, take: Take) -> float:
    """In the middle of the change, and empty again after it."""
    killer = Thread(target=_end, args=[redis])
    killer.start()
    try:
        return take()
    finally:
        killer.join()
        assert not _answers(redis)
        redis.start()


def brought_back(redis: RedisServer, take: Take) -> float:
    """Away during the change, then back with all that was remembered before it."""
    redis.stop(save=True)
    try:
        return take()
    finally:
        redis.start()
        assert redis.ask().dbsize(), "the copy holds what was remembered"
        (redis.folder / "dump.rdb").unlink()


def flushed(redis: RedisServer, take: Take) -> float:
    """Over and over, from before the change until after it."""
    over, before = Flag(), redis.calls("flushall")

    def flush() -> None:
        while not over.wait(0.001):
            redis.ask().flushall()

    flushing = Thread(target=flush)
    flushing.start()
    try:
        return take()
    finally:
        over.set()
        flushing.join()
        assert redis.calls("flushall") > before


def frozen(redis: RedisServer, take: Take) -> float:
    redis.send(signal.SIGSTOP)
    assert redis.process
    try:
        return take()
    finally:
        assert state(redis.process.pid) == "T"
        redis.send(signal.SIGCONT)


FAULTS: list[Callable[[RedisServer, Take], float]] = [
    nothing,
    killed,
    killed_meanwhile,
    brought_back,
    flushed,
    frozen,
]


def _end(redis: RedisServer) -> None:
    redis.send(signal.SIGKILL)
    assert redis.process
    redis.process.wait(10)


def _answers(redis: RedisServer) -> bool:
    return redis._answers()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
