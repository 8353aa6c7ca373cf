"""Where the values come from: real variables first, then `.env`; each name also as NAME_FILE, a file that holds the value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from identity_server.config.faults import Fault

PROJECT = Path(__file__).resolve().parents[2]


class Group(BaseSettings):
    """Settings that belong together. A field `database_url` is the variable DATABASE_URL; an empty one counts as not given."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del env_settings, dotenv_settings, file_secret_settings  # ours reads all three
        return init_settings, Environment(settings_cls)

    @classmethod
    def example_of(cls, name: str) -> str:
        return str((cls.model_fields[name].examples or [""])[0])


class Environment(PydanticBaseSettingsSource):
    """Reads every field's variable, from the nearest place that gives it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        del field
        found = (value_of(field_name.upper(), place) for place in (os.environ, env_file()))
        return next((value for value in found if value is not None), None), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        values = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def value_of(name: str, place: Mapping[str, str | None]) -> str | None:
    direct, path = place.get(name) or None, place.get(f"{name}_FILE") or None
    if direct and path:
        raise Fault(name, f"and {name}_FILE are both given; give one of them")
    return _content(f"{name}_FILE", Path(path)) if path else direct


def env_file() -> Mapping[str, str | None]:
    """The lines of `.env`, or of the file that ENV_FILE names; an empty ENV_FILE means none."""
    path = os.environ.get("ENV_FILE", str(PROJECT / ".env"))
    return dotenv_values(path, interpolate=False) if path else {}


def _content(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise Fault(variable, f"names a file that cannot be read: {why}", "/run/secrets/the-secret") from None
