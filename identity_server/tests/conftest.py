"""A clean environment to read configurations from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from identity_server.config import Config, load
from identity_server.config.groups import GROUPS

FERNET_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
PRODUCTION = {
    "DATABASE_URL": "postgresql://identity:secret@db:5432/identity",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ENCRYPTION_KEYS": FERNET_KEY,
    "PUBLIC_URL": "https://id.example.com",
    "ALLOWED_HOSTS": "id.example.com",
}
Load = Callable[..., Config]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """None of our variables is set, but for a VAR_DIR of this test's own."""
    for group in GROUPS:
        for name in group.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return monkeypatch


@pytest.fixture
def configured(bare: pytest.MonkeyPatch) -> Load:
    """Loads the configuration that these variables make."""

    def make(**variables: str) -> Config:
        for name, value in variables.items():
            bare.setenv(name, value)
        return load()

    return make
