"""How tasks travel."""

import json
from typing import Any

import pytest
from celery import current_app

from identity_server import broker
from identity_server.celery import HouseTask, app
from identity_server.queues import QUEUES
from identity_server.schedule import SCHEDULE, Periodic
from identity_server.tasks import purge_results
from identity_server.tests.conftest import PRODUCTION, Load

RABBIT = PRODUCTION | {"BROKER_URL": "amqp://identity:secret@rabbitmq/identity"}


def test_our_application_is_the_one_that_tasks_are_sent_through() -> None:
    assert current_app.main == "identity_server"
    assert isinstance(purge_results, HouseTask)


def test_only_json_is_understood() -> None:
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_serializer == app.conf.result_serializer == "json"


def test_a_message_is_done_when_its_task_is() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_no_task_runs_longer_than_a_delivery_is_leased(settings: Any) -> None:
    lease = settings.DELIVERY_LEASE.total_seconds()

    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < lease


def test_every_scheduled_task_exists_and_has_a_queue() -> None:
    app.loader.import_default_modules()

    assert {each.task for each in SCHEDULE.values()} <= set(app.tasks)
    assert {each.queue for each in SCHEDULE.values()} <= set(QUEUES)


@pytest.mark.parametrize("each", SCHEDULE.values(), ids=lambda each: each.task)
def test_what_beat_sends_and_what_we_send_goes_the_same_way(each: Periodic) -> None:
    assert app.amqp.router.route({}, each.task)["queue"].name == each.queue


def test_the_schedule_can_be_written_down() -> None:
    for each in SCHEDULE.values():
        assert json.loads(json.dumps(dict(each.kwargs))) == each.kwargs
        assert each.description


def test_the_embedded_broker_has_one_folder_for_both_directions(configured: Load) -> None:
    options = broker.celery_settings(given := configured())["CELERY_BROKER_TRANSPORT_OPTIONS"]

    assert options["data_folder_in"] == options["data_folder_out"] == str(given.var_dir / "broker" / "messages")
    assert options["polling_interval"] == 0.1


def test_rabbitmq_bounds_how_often_a_message_comes_back(configured: Load) -> None:
    queues = broker.celery_settings(configured(**RABBIT, BROKER_DELIVERY_LIMIT="5"))["CELERY_TASK_QUEUES"]

    assert {queue.name for queue in queues} == set(QUEUES)
    for queue in queues:
        assert queue.queue_arguments["x-queue-type"] == "quorum"
        assert queue.queue_arguments["x-delivery-limit"] == 5


def test_what_was_asked_for_is_kept_when_it_cannot_be_done_and_clockwork_is_not(configured: Load) -> None:
    queues = broker.celery_settings(configured(**RABBIT))["CELERY_TASK_QUEUES"]

    kept = {queue.name for queue in queues if "x-dead-letter-exchange" in queue.queue_arguments}

    assert kept == {"default", "events", "mail"}
    assert {each.queue for each in SCHEDULE.values()} == {"maintenance"}


def test_dead_letters_outlive_the_broker() -> None:
    assert broker.DEAD_LETTERS.durable
    assert broker.DEAD_LETTERS.exchange.durable
    assert broker.DEAD_LETTERS.queue_arguments == {"x-queue-type": "quorum"}


def test_rabbitmq_confirms_each_message_in_bounded_time(configured: Load) -> None:
    options = broker.celery_settings(configured(**RABBIT, BROKER_TIMEOUT="3s"))["CELERY_BROKER_TRANSPORT_OPTIONS"]

    assert options == {"confirm_publish": True, "read_timeout": 3.0, "write_timeout": 3.0}


def test_publishing_is_not_tried_for_ever() -> None:
    assert app.conf.task_publish_retry_policy["max_retries"] == 1


def test_a_message_that_no_queue_takes_is_an_error() -> None:
    assert HouseTask.mandatory


@pytest.mark.parametrize(("task", "kept"), [("maintenance.purge_results", True), ("events.relay", False)])
def test_results_are_kept_of_the_tasks_that_run_seldom(task: str, kept: bool) -> None:
    app.loader.import_default_modules()

    assert app.tasks[task].ignore_result is not kept
