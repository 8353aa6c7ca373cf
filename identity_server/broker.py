"""How tasks travel: the queues, who goes where, and what the two transports need. Pure."""

from pathlib import Path
from typing import Any

from kombu import Exchange, Queue

from identity_server.config import Config
from identity_server.queues import CLOCKWORK, QUEUES
from identity_server.schedule import HOUR, SCHEDULE

SOFT_LIMIT = 45
HARD_LIMIT = 55
DEAD_LETTERS = Queue(
    "dead-letters",
    Exchange("dead-letters", type="fanout", durable=True),
    durable=True,
    queue_arguments={"x-queue-type": "quorum"},
)
ROUTES = {
    "events.deliver": {"queue": "events"},
    "events.*": {"queue": CLOCKWORK},
    "accounts.*": {"queue": CLOCKWORK},
    "rbac.*": {"queue": CLOCKWORK},
    "tokens.*": {"queue": CLOCKWORK},
    "maintenance.*": {"queue": CLOCKWORK},
}


def folder_queues() -> tuple[Queue, ...]:
    return tuple(Queue(name, Exchange("tasks", type="direct"), routing_key=name) for name in QUEUES)


def folder_options(folder: Path) -> dict[str, Any]:
    """One folder for both directions: what this machine sends, this machine receives."""
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }


def rabbitmq_queues(delivery_limit: int) -> tuple[Queue, ...]:
    """Replicated, and bounded in how often a message that kills its worker comes back.

    A topic exchange, since Celery's delayed delivery for quorum queues does not serve direct ones.
    """
    tasks = Exchange("tasks", type="topic", durable=True)
    bounded = {"x-queue-type": "quorum", "x-delivery-limit": delivery_limit}
    kept = {
        **bounded,
        "x-dead-letter-exchange": DEAD_LETTERS.exchange.name,
        # The dead letter leaves this queue only once the other has it; that strategy wants publishers to be refused
        # when a queue is full, not old messages dropped.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return tuple(
        Queue(name, tasks, routing_key=name, durable=True, queue_arguments=bounded if name == CLOCKWORK else kept)
        for name in QUEUES
    )


def rabbitmq_options(*, timeout: float) -> dict[str, Any]:
    """Each publish waits for the broker's word, but not for ever: a full disk makes RabbitMQ silent, not refusing."""
    return {"confirm_publish": True, "read_timeout": timeout, "write_timeout": timeout}


def celery_settings(config: Config) -> dict[str, Any]:
    """Django settings, for the namespace CELERY."""
    return {f"CELERY_{name.upper()}": value for name, value in {**_promises(), **_transport(config)}.items()}


def _promises() -> dict[str, Any]:
    scheduled = {each.task: {"ignore_result": False} for each in SCHEDULE.values() if each.every >= HOUR}
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "result_backend": "django-db",
        "result_extended": True,
        # maintenance.purge_results forgets them; Celery's own clean-up would run beside it.
        "result_expires": None,
        "timezone": "UTC",
        # A message is done when its task is: neither a killed child nor a killed worker loses it.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        # Below DELIVERY_LEASE, so that a delivery is never taken from a worker that may still finish it.
        "task_soft_time_limit": SOFT_LIMIT,
        "task_time_limit": HARD_LIMIT,
        "task_track_started": True,
        # Deliveries keep their own record; a failure is kept of every task, a success of the few that run by the clock.
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": True,
        "task_annotations": scheduled,
        "task_default_queue": "default",
        "task_create_missing_queues": False,
        "task_routes": ROUTES,
        "task_publish_retry": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5},
        "beat_scheduler": "django_celery_beat.schedulers:DatabaseScheduler",
        "beat_max_loop_interval": 5,
        "broker_connection_retry_on_startup": True,
    }


def _transport(config: Config) -> dict[str, Any]:
    given = config.given.broker
    if given.broker_url is None:
        return {
            "broker_url": "filesystem://localhost//",
            "broker_transport": "identity_server.folders:Transport",
            "broker_transport_options": folder_options(config.var_dir / "broker"),
            "task_queues": folder_queues(),
        }
    timeout = given.broker_timeout.total_seconds()
    return {
        "broker_url": given.broker_url.get_secret_value(),
        "broker_connection_timeout": timeout,
        "broker_heartbeat": 20,
        "broker_transport_options": rabbitmq_options(timeout=timeout),
        "task_queues": rabbitmq_queues(given.broker_delivery_limit),
    }
