"""The facts of the console: what staff did to the machinery, and which of their roles they use here."""

from dataclasses import dataclass

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ScheduleChanged(DomainEvent):
    """A periodic task runs at other times from now on, or not at all."""

    kind = "console.schedule.changed"
    subject_type = "schedule"
    name: str
    enabled: bool
    runs: str


@dataclass(frozen=True, kw_only=True)
class ScheduleRunRequested(DomainEvent):
    """Somebody wanted a periodic task to run at once."""

    kind = "console.schedule.run_requested"
    subject_type = "schedule"
    name: str


@dataclass(frozen=True, kw_only=True)
class StaffRolesActivated(DomainEvent):
    """In one of her sessions of the staff site she uses just these roles of hers; None for all that may go together.

    Which session is not told: the only name that it has is the secret in her cookie.
    """

    kind = "console.staff.roles_activated"
    subject_type = "user"
    roles: list[str] | None
