"""How passwords are stored: Argon2id (RFC 9106), as strong as the settings say."""

from typing import Any

import argon2
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

# OWASP's second recommendation: 19 MiB, two passes, one lane.
DEFAULT_MEMORY_KIB = 19456
DEFAULT_TIME = 2
DEFAULT_PARALLELISM = 1
LEAST_MEMORY_KIB = 8


class Argon2idHasher(Argon2PasswordHasher):
    """Django's own, with the parameters of the settings."""

    @property
    def memory_cost(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_MEMORY_KIB", DEFAULT_MEMORY_KIB))

    @property
    def time_cost(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_TIME", DEFAULT_TIME))

    @property
    def parallelism(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_PARALLELISM", DEFAULT_PARALLELISM))

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Spend what an older, cheaper hash has saved, so that the time of a refusal does not tell that she has one."""
        memory = self.memory_owed(encoded)
        if memory:
            _spend(password, memory=memory, time=self.time_cost)

    def memory_owed(self, encoded: str) -> int:
        """The KiB that a hash at today's number of passes takes, to cost what `encoded` costs less than a new one."""
        spent: dict[str, Any] = self.decode(encoded)
        missing = self.memory_cost * self.time_cost - spent["memory_cost"] * spent["time_cost"]
        return max(missing // self.time_cost, LEAST_MEMORY_KIB) if missing > 0 else 0


def _spend(password: str, *, memory: int, time: int) -> None:
    argon2.low_level.hash_secret_raw(
        password.encode(),
        b"not stored anywhere",
        time_cost=time,
        memory_cost=memory,
        parallelism=1,
        hash_len=16,
        type=argon2.Type.ID,
    )
