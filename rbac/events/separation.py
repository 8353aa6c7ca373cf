"""Separations of duty made, changed and deleted, and who tried what she may not."""

from dataclasses import dataclass

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class SeparationEvent(DomainEvent):
    subject_type = "separation_of_duty"
    name: str


@dataclass(frozen=True, kw_only=True)
class SeparationCreated(SeparationEvent):
    kind = "rbac.separation_of_duty.created"
    separates: str
    roles: list[str]
    limit: int


@dataclass(frozen=True, kw_only=True)
class SeparationUpdated(SeparationEvent):
    """As it is from now on; `changed` names the fields."""

    kind = "rbac.separation_of_duty.updated"
    separates: str
    roles: list[str]
    limit: int
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class SeparationDeleted(SeparationEvent):
    kind = "rbac.separation_of_duty.deleted"


@dataclass(frozen=True, kw_only=True)
class SeparationChangeRefused(SeparationEvent):
    """Somebody tried to separate, or to join, roles that give more than she holds."""

    kind = "rbac.separation_of_duty.refused"
    attempted: str
    missing: list[str]
