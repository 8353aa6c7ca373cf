"""What a sign-in cannot be faster than: bare Argon2 checks, one process on each core that the servers have."""

import time
from concurrent.futures import ProcessPoolExecutor

from argon2 import PasswordHasher

from accounts import hashers
from benchmarks.servers import PASSWORD, WORKERS

HASHER = PasswordHasher(hashers.DEFAULT_TIME, hashers.DEFAULT_MEMORY_KIB, hashers.DEFAULT_PARALLELISM)


def rate(*, seconds: float) -> float:
    with ProcessPoolExecutor(WORKERS) as cores:
        return sum(cores.map(_checks, [seconds] * WORKERS))


def _checks(seconds: float) -> float:
    hashed, done, began = HASHER.hash(PASSWORD), 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        HASHER.verify(hashed, PASSWORD)
        done += 1
    return done / passed
