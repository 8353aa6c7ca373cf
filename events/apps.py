from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from prometheus_client import REGISTRY  # noqa: PLC0415  what leans on models waits until they are loaded

        from events import bus, kick, metrics  # noqa: PLC0415  as above

        bus.when_work_waits(kick.kick)
        REGISTRY.register(metrics.WaitingWork())
