"""Rows that somebody may see for one of several reasons."""

from functools import reduce
from operator import or_

from django.db.models import Q


def either(*reasons: Q) -> Q:
    """All rows where one of the reasons is an empty `Q`, which stands for all and which `|` would drop."""
    return reduce(or_, reasons) if all(reasons) else Q()
