"""The wiring: configuration, settings, URLs, Celery, health, serving. No domain code."""
