"""A policy as the text of a file that reads back as the same policy. Pure."""

from typing import Any

import yaml

from rbac.policy_files.checking import READERS, VERSION
from rbac.policy_files.documents import SECTIONS, Document, Given, Part

FILE_NAMES = {"sort": "kind"}
"""Fields that are called otherwise in the file than in our values."""
OUR_NAMES = {theirs: ours for ours, theirs in FILE_NAMES.items()}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def text_of(document: Document) -> str:
    """Without tests: they are not kept here, so an export has none."""
    content: dict[str, Any] = {"version": int(VERSION)}
    for section in SECTIONS:
        parts = getattr(document, section)
        if parts is not None:
            content[section] = [_fields(section, part) for part in sorted(parts, key=lambda part: part.name)]
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _fields(section: str, part: Part) -> dict[str, Any]:
    """Its fields in the order in which they are explained; what is empty is left out."""
    names, _ = READERS[section]
    values = {name: _plain(getattr(part, OUR_NAMES.get(name, name))) for name in names}
    said_even_empty = {"members"} if values.get("members") is not None else set()
    return {name: value for name, value in values.items() if value not in ("", [], None) or name in said_even_empty}


def _plain(value: Any) -> Any:
    if not isinstance(value, frozenset):
        return value
    return [each._asdict() if isinstance(each, Given) else each for each in sorted(value)]
