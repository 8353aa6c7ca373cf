from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class IdentityServerConfig(AppConfig):
    name = "identity_server"

    def ready(self) -> None:
        """Registers the system checks, and makes our Celery application the one that tasks are sent through."""
        autodiscover_modules("checks", "celery")
