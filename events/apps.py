from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    name = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every app says in its `subscribers` module what it hears, once all models are loaded; this one wakes the relay."""
        autodiscover_modules("subscribers")
