"""How passwords are stored: Argon2id (RFC 9106), as strong as the settings say."""

from base64 import b64encode
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from nacl import bindings as sodium
from nacl.exceptions import InvalidkeyError

# OWASP's second recommendation: 19 MiB, two passes, one lane.
DEFAULT_MEMORY_KIB = 19456
DEFAULT_TIME = 2
DEFAULT_PARALLELISM = 1
LEAST_MEMORY_KIB = 8
SALT_LENGTH = sodium.crypto_pwhash_SALTBYTES
# Of a hash that libsodium reads. Ours are shorter; one that was made elsewhere may have a long salt.
LONGEST = sodium.crypto_pwhash_STRBYTES - 1
KIB = 1024


class Argon2idHasher(Argon2PasswordHasher):
    """Django's own, with the parameters of the settings, and computed by libsodium, which takes half the time.

    Half of what argon2-cffi takes, since it uses the vectors of the processor that it finds. What it lacks (several lanes
    at once) argon2-cffi does. Each password that is looked at goes the same way, or its time would tell what was found.
    """

    # libsodium's salts are 16 bytes long, and Django's letters have six bits each.
    salt_entropy = 95

    @property
    def memory_cost(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_MEMORY_KIB", DEFAULT_MEMORY_KIB))

    @property
    def time_cost(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_TIME", DEFAULT_TIME))

    @property
    def parallelism(self) -> int:  # type: ignore[override]  # only ever read
        return int(getattr(settings, "ARGON2_PARALLELISM", DEFAULT_PARALLELISM))

    def encode(self, password: str, salt: str) -> str:
        if self.parallelism != 1 or len(salt.encode()) != SALT_LENGTH:
            return super().encode(password, salt)
        digest = _digest(password, salt.encode(), memory=self.memory_cost, time=self.time_cost)
        terms = f"v=19$m={self.memory_cost},t={self.time_cost},p=1"
        return f"argon2$argon2id${terms}${_unpadded(salt.encode())}${_unpadded(digest)}"

    def verify(self, password: str, encoded: str) -> bool:
        spelled = encoded.removeprefix("argon2").encode()
        if self.parallelism != 1 or len(spelled) > LONGEST:
            return super().verify(password, encoded)
        try:
            return sodium.crypto_pwhash_str_verify(spelled, password.encode())
        except InvalidkeyError:
            return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Spend what an older, cheaper hash has saved, so that the time of a refusal does not tell that she has one."""
        memory = self.memory_owed(encoded)
        if memory:
            _digest(password, b"nowhere to be seen"[:SALT_LENGTH], memory=memory, time=self.time_cost)

    def memory_owed(self, encoded: str) -> int:
        """The KiB that a hash at today's number of passes takes, to cost what `encoded` costs less than a new one."""
        spent: dict[str, Any] = self.decode(encoded)
        missing = self.memory_cost * self.time_cost - spent["memory_cost"] * spent["time_cost"]
        return max(missing // self.time_cost, LEAST_MEMORY_KIB) if missing > 0 else 0


def _digest(password: str, salt: bytes, *, memory: int, time: int) -> bytes:
    kind = sodium.crypto_pwhash_ALG_ARGON2ID13
    return sodium.crypto_pwhash_alg(32, password.encode(), salt, time, memory * KIB, kind)


def _unpadded(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
