"""The facts of the console: what staff did to the machinery."""

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
