"""Rows that lie at a place: at a scope of their own, or at that of whoever they belong to."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from common import scopes

Row = TypeVar("Row", bound=models.Model)

# Each is a term of the statement, and SQLite refuses one that has a thousand.
MOST_TERMS = 100


class PlacedQuerySet(models.QuerySet[Row]):
    """`place` is where the scope of a row stands: in a field of its own, or in that of its owner (`user__scope`)."""

    place: ClassVar[str] = "scope"

    def within(self, places: Collection[str]) -> Self:
        """Those that lie at one of the places or below it; none where there is no place."""
        return self.filter(lying_in(places, field=self.place))


def is_placed(model: type[models.Model]) -> bool:
    return hasattr(model._default_manager, "within")  # noqa: SLF001  Django's documented door


def lying_in(places: Collection[str], *, field: str = "scope") -> Q:
    if scopes.ROOT in places:
        return Q()
    topmost = scopes.topmost(places)
    if len(topmost) > MOST_TERMS:
        return Q(**{f"{field}__regex": f"^({'|'.join(map(re.escape, topmost))})(/|$)"})
    found = Q(**{f"{field}__in": topmost})
    for place in topmost:
        found |= Q(**{f"{field}__startswith": f"{place}/"})
    return found
