"""The day of staff: come in, look after people, see what was done, go out."""

from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor
from tests.live import eventually

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def test_a_wrong_password_is_told_without_a_cause(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("admin@localhost", "wrong horse battery staple")

    assert "Please enter the correct" in visitor.text
    assert "/admin/login/" in visitor.page.url


def test_staff_signs_in_and_out(chief: Visitor) -> None:
    assert "Overview" in chief.text

    chief.page.click("text=admin@localhost >> nth=0")
    chief.press("#logout-form button")
    chief.go("/admin/")

    assert "/admin/login/" in chief.page.url


def test_the_palette_leads_to_a_page(chief: Visitor) -> None:
    chief.page.keyboard.press("Control+k")
    chief.page.locator("#search-input-command").press_sequentially("signing")
    chief.page.click("#command-results-list >> text=Signing keys")

    chief.page.wait_for_url("**/admin/tokens/signingkey/")


def test_a_schedule_is_changed_and_the_change_is_on_record(chief: Visitor) -> None:
    chief.go("/admin/django_celery_beat/periodictask/?q=Purge+task")
    chief.press("text=Purge task results")
    chief.page.fill("#id_every", "2")
    chief.page.select_option("#id_period", "days")
    chief.save()

    assert "every 2 days" in chief.go("/admin/django_celery_beat/periodictask/")
    assert "console.schedule.changed" in chief.go("/admin/events/event/")


def test_a_task_is_run_at_once_from_its_page(chief: Visitor) -> None:
    chief.go("/admin/django_celery_beat/periodictask/?q=Tend")
    chief.press("text=Tend signing keys")
    chief.press("button:text-is('Run now')")

    assert "Sent to the workers" in chief.text
    assert "/change/" in chief.page.url
    eventually(lambda: "tokens.keys_tend" in chief.go("/admin/django_celery_results/taskresult/"))


def test_the_clean_up_has_been_run_by_beat(chief: Visitor) -> None:
    results = "/admin/django_celery_results/taskresult/"

    eventually(lambda: "accounts.purge_unverified" in chief.go(results))

    assert "events.purge" in chief.go(results)
    assert "FAILURE" not in chief.text
