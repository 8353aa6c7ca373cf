"""Questions to the roles: may she, what does she hold and from where, does she outrank him."""

from rbac.selectors.administrators import (
    an_administrator_is_left,
    is_administrator,
    omnipotent_assignments,
    omnipotent_roles,
)
from rbac.selectors.deciding import Asked, evaluate, evaluate_many, may, may_each, places_for, places_of
from rbac.selectors.effective import (
    Source,
    effective_patterns_of,
    effective_permissions,
    role_names_in,
    role_names_of,
    role_names_of_machine,
    ways_of,
)
from rbac.selectors.finding import (
    assignments_named,
    declared_names,
    group_called,
    patterns_of,
    role_called,
    roles_called,
    roles_giving,
)
from rbac.selectors.holding import (
    Holder,
    held_by,
    holder_of,
    holding_of,
    powers_of,
    rank_of,
)
from rbac.selectors.ranks import above, beyond, gained_through, outranks, unheld, untouched, who_outrank
from rbac.selectors.subjects import Holding

__all__ = [
    "Asked",
    "Holder",
    "Holding",
    "Source",
    "above",
    "an_administrator_is_left",
    "assignments_named",
    "beyond",
    "declared_names",
    "effective_patterns_of",
    "effective_permissions",
    "evaluate",
    "evaluate_many",
    "gained_through",
    "group_called",
    "held_by",
    "holder_of",
    "holding_of",
    "is_administrator",
    "may",
    "may_each",
    "omnipotent_assignments",
    "omnipotent_roles",
    "outranks",
    "patterns_of",
    "places_for",
    "places_of",
    "powers_of",
    "rank_of",
    "role_called",
    "role_names_in",
    "role_names_of",
    "role_names_of_machine",
    "roles_called",
    "roles_giving",
    "unheld",
    "untouched",
    "ways_of",
    "who_outrank",
]
