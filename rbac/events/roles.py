"""Roles made, changed, deleted, and who tried what she may not."""

from dataclasses import dataclass

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class RoleCreated(DomainEvent):
    kind = "rbac.role.created"
    subject_type = "role"
    version = 2
    name: str
    permissions: list[str]
    inherits: list[str]


@dataclass(frozen=True, kw_only=True)
class RoleUpdated(DomainEvent):
    """`changed` names the fields; what the role gives more and less stands in `added` and `removed`.

    Version 1 knew no inheritance.
    """

    kind = "rbac.role.updated"
    subject_type = "role"
    version = 2
    name: str
    changed: list[str]
    added: list[str]
    removed: list[str]
    inherits_added: list[str]
    inherits_removed: list[str]


@dataclass(frozen=True, kw_only=True)
class RoleDeleted(DomainEvent):
    kind = "rbac.role.deleted"
    subject_type = "role"
    name: str


@dataclass(frozen=True, kw_only=True)
class RoleChangeRefused(DomainEvent):
    """Somebody tried to make, change or delete a role that gives more than she holds. A role never made has its id only here."""

    kind = "rbac.role.refused"
    subject_type = "role"
    name: str
    attempted: str
    missing: list[str]
