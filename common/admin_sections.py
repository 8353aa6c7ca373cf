"""What an app tells on the page of an object beside its fields and rows: below them, shown and never written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest


class Section(NamedTuple):
    """`template` shows `told`. `link` leads from its title to `address`."""

    title: str
    template: str
    told: Any
    link: str = ""
    address: str = ""


Show = Callable[[HttpRequest, Any], Section | None]
_contributed: dict[str, list[Show]] = defaultdict(list)


def contribute_section(model_label: str, show: Show) -> None:
    """Lets an upper app tell something on the page of a lower one's object ("accounts.User").

    `show(request, obj)` asks itself what the viewer may see of it, and says None where that is nothing.
    """
    _contributed[model_label.lower()].append(show)


def sections_for(model_label: str, request: HttpRequest, obj: Any) -> list[Section]:
    found = (show(request, obj) for show in _contributed[model_label.lower()])
    return [section for section in found if section]
