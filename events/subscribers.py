"""What this app itself does when something has happened: it wakes the relay."""

from events import bus, kick

bus.when_work_waits(kick.kick)
