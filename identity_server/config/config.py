"""The whole configuration: read, checked for contradictions, completed where the embedded server may help itself."""

import os
import secrets
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from identity_server.config import contradictions, groups
from identity_server.config.environment import PROJECT
from identity_server.config.faults import Fault
from identity_server.config.groups import Groups
from identity_server.config.kept import kept, private_folder
from identity_server.config.values import OFF

# sysexits.h: "something was found in an unconfigured or misconfigured state". A supervisor need not try again.
EX_CONFIG = 78
ANYWHERE = {"0.0.0.0", "[::]"}  # noqa: S104  compared with, not bound to


@dataclass(frozen=True)
class Config:
    """What was given, and what follows from it."""

    given: Groups

    @property
    def embedded(self) -> bool:
        return not self.given.production

    @property
    def public_url(self) -> str:
        host, _, port = self.given.server.bind.rpartition(":")
        return self.given.server.public_url or f"http://{'localhost' if host in ANYWHERE else host}:{port}"

    @property
    def sign_in_bind(self) -> str:
        """Where the processes answer that hash for the others; empty where there are none."""
        bind, given = self.given.server.bind, self.given.server.sign_in_bind
        if self.embedded or given == OFF:
            return ""
        host, _, port = bind.rpartition(":")
        return given or f"{host}:{int(port) + 1}"

    @property
    def hashing_slots(self) -> int:
        """One for each core that this process may use."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return self.given.server.hashing_slots or cores or 1

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def allowed_hosts(self) -> list[str]:
        own = urlsplit(self.public_url).hostname or ""
        return [*self.given.server.allowed_hosts] or [
            f"[{own}]" if ":" in own else own,
            "localhost",
            "127.0.0.1",
            "[::1]",
        ]

    @cached_property
    def var_dir(self) -> Path:
        return private_folder((PROJECT / self.given.server.var_dir).resolve())

    @cached_property
    def secret_key(self) -> str:
        given = self.given.security.secret_key
        if given:
            return given.get_secret_value()
        return kept(self.var_dir / "secret-key", lambda: secrets.token_urlsafe(60))

    @cached_property
    def encryption_keys(self) -> list[str]:
        given = [key.get_secret_value() for key in self.given.security.encryption_keys]
        return given or kept(self.var_dir / "encryption-keys", lambda: Fernet.generate_key().decode()).split()


def load() -> Config:
    """Raises `Fault` for the first value that cannot stand."""
    given = groups.read()
    for fault in contradictions.faults(given):
        raise fault
    return Config(given)


def load_or_exit() -> Config:
    """As `load`, but a fault ends the process with one line: no traceback helps an operator with a typing error."""
    try:
        config = load()
        _ = config.var_dir, config.secret_key, config.encryption_keys
    except Fault as fault:
        sys.stderr.write(f"identity-server: {fault}\n")
        sys.exit(EX_CONFIG)
    return config
