"""Django's model permissions in our words: `rbac.view_roleassignment` is `role_assignment:view`."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import AppConfig, apps
from django.contrib import admin
from django.db.models import Model

from common import permissions

WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def name_of(codename: str) -> str:
    """Our name for what Django's admin or one of our apps asks about. What stands for nothing comes back as it is."""
    return names_by_codename().get(codename, codename)


def codenames_of(app_label: str) -> list[str]:
    return [codename for codename in names_by_codename() if codename.startswith(f"{app_label}.")]


def builtin_permissions() -> dict[str, str]:
    """Name and description of all that guards this server: each model of ours or in the admin, and the named ones."""
    mirrored = {
        name: f"May {action} {model._meta.verbose_name_plural}"  # noqa: SLF001  Django's documented door
        for model in _models()
        if _is_ours(apps.get_app_config(model._meta.app_label)) or admin.site.is_registered(model)  # noqa: SLF001
        for action, name in _names_of(model)
    }
    return {**mirrored, **permissions.NAMED}


@cache
def guards_this_server(pattern: str) -> bool:
    """Whether the pattern gives anything here, and not only in the applications that ask us about their own permissions."""
    return any(permissions.covers(pattern, name) for name in _builtin_names())


@cache
def _builtin_names() -> tuple[str, ...]:
    return tuple(builtin_permissions())


@cache
def names_by_codename() -> dict[str, str]:
    return {
        f"{model._meta.app_label}.{action}_{model._meta.model_name}": name  # noqa: SLF001  Django's documented door
        for model in _models()
        for action, name in _names_of(model)
    }


def _names_of(model: type[Model]) -> Iterator[tuple[str, str]]:
    for action in model._meta.default_permissions:  # noqa: SLF001  Django's documented door
        yield action, f"{resources()[model]}:{action}"


@cache
def resources() -> dict[type[Model], str]:
    """The noun for each model. Of two with one name ours keeps it: `session` is a sign-in, not Django's cookie."""
    found: dict[str, type[Model]] = {}
    for model in _models():
        noun = WORD_BEGINS.sub("_", model.__name__).lower()
        found[f"{model._meta.app_label}_{noun}" if noun in found else noun] = model  # noqa: SLF001
    return {model: noun for noun, model in found.items()}


def _models() -> list[type[Model]]:
    configs = sorted(apps.get_app_configs(), key=lambda config: not _is_ours(config))
    return [model for config in configs for model in config.get_models()]


def _is_ours(config: AppConfig) -> bool:
    """Our apps lie beside this one."""
    return Path(config.path).parent == Path(apps.get_app_config("rbac").path).parent
