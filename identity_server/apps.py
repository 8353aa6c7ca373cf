from django.apps import AppConfig


class IdentityServerConfig(AppConfig):
    name = "identity_server"

    def ready(self) -> None:
        # Registers the system checks, and makes our Celery application the one that tasks are sent through; and lets us hear facts.
        from identity_server import celery, checks, subscribers  # noqa: F401, PLC0415
