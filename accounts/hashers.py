"""How passwords are stored: Argon2id (RFC 9106) over the NFKC form, as strong as the settings say."""

import unicodedata
from typing import Any

import argon2
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

DEFAULT_MEMORY_KIB = 19456  # OWASP's second recommendation: m=19 MiB, t=2, p=1
DEFAULT_TIME = 2
DEFAULT_PARALLELISM = 1


def normalised(password: str) -> str:
    """The form that is hashed: "é" typed as one character or as two is one password (NIST SP 800-63B, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


class Argon2idHasher(Argon2PasswordHasher):
    """Django's own, with the parameters of the settings, and the same password in whatever form a keyboard sends it."""

    @property
    def memory_cost(self) -> int:
        return int(getattr(settings, "ARGON2_MEMORY_KIB", DEFAULT_MEMORY_KIB))

    @property
    def time_cost(self) -> int:
        return int(getattr(settings, "ARGON2_TIME", DEFAULT_TIME))

    @property
    def parallelism(self) -> int:
        return int(getattr(settings, "ARGON2_PARALLELISM", DEFAULT_PARALLELISM))

    def encode(self, password: str, salt: str) -> str:
        return str(super().encode(normalised(password), salt))

    def verify(self, password: str, encoded: str) -> bool:
        return bool(super().verify(normalised(password), encoded))

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Spend what an older, cheaper hash has saved, so that the time of a refusal does not tell that she has one."""
        spent: Any = self.decode(encoded)
        missing = self.memory_cost * self.time_cost - spent["memory_cost"] * spent["time_cost"]
        memory = max(missing // self.time_cost, 8)
        if missing > 0:
            argon2.low_level.hash_secret(
                normalised(password).encode(),
                b"not stored anywhere",
                time_cost=self.time_cost,
                memory_cost=memory,
                parallelism=1,
                hash_len=16,
                type=argon2.Type.ID,
            )
