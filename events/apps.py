from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events import bus, kick  # noqa: PLC0415  what leans on models waits until they are loaded

        bus.when_work_waits(kick.kick)
