"""A hasher during whose work something happens, one that counts it, and a backend that grants what a test says."""

import threading
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import BasePasswordHasher

from accounts.models import User
from tests.hashers import OneRound


class Deactivating(BasePasswordHasher):
    """Takes every password for right; by the time it says so, everybody has been shut out."""

    algorithm = "pbkdf2_sha256"

    def verify(self, password: str, encoded: str) -> bool:
        User.objects.update(is_active=False)
        return True

    def must_update(self, encoded: str) -> bool:
        return False


class Counting(OneRound):
    """Tells how often it had to work."""

    work: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.work.append(salt)
        return str(super().encode(password, salt, iterations))


class Held(OneRound):
    """Says that it has begun, and ends when it is let go."""

    began: ClassVar[threading.Semaphore] = threading.Semaphore(0)
    may_end: ClassVar[threading.Event] = threading.Event()

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.began.release()
        assert self.may_end.wait(20)
        return str(super().encode(password, salt, iterations))


class Closing(OneRound):
    """Closes the gate behind the one who is at work: nobody gets another turn."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        settings.HASHING_SLOTS = 0
        return str(super().encode(password, salt, iterations))


class Granted(BaseBackend):
    """Stands where roles stand: `names` is what staff may do, and nobody touches who is `out_of_reach`."""

    names: ClassVar[set[str]] = set()
    out_of_reach: ClassVar[set[object]] = set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        is_looking = "view" in perm
        return perm in self.names and (is_looking or getattr(obj, "pk", None) not in self.out_of_reach)
