"""What a request passes on its way: programs nothing that only a page needs, pages all of it."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from tests.test_every_route import ALL, Operation

LEFT_BY_PAGES = {"session", "auser", "_messages", "csrf_processing_done"}
pytestmark = [pytest.mark.wide, pytest.mark.django_db]


@pytest.mark.parametrize("operation", ALL, ids=lambda o: f"{o.method} {o.view}")
def test_a_program_passes_nothing_that_only_pages_need(operation: Operation) -> None:
    client = APIClient(enforce_csrf_checks=True)

    answer = getattr(client, operation.method)(
        operation.path, {}, format="json", headers={"Cookie": "session=a; csrf=b"}
    )

    assert LEFT_BY_PAGES.isdisjoint(vars(answer.wsgi_request))
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert not answer.cookies


def test_a_program_still_passes_what_everybody_needs() -> None:
    answer = APIClient().get("/api/v1/me/")

    assert {"X-Request-ID", "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options"} <= set(
        answer.headers
    )


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/"])
def test_a_page_passes_all_of_it(path: str, client: Client) -> None:
    assert set(vars(client.get(path).wsgi_request)) >= LEFT_BY_PAGES


@pytest.mark.parametrize("path", ["/admin/accounts/user/", "/admin/login/"])
def test_a_forged_form_is_refused(root: User, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(root)

    assert browser.post(path, {"username": root.email, "password": PASSWORD}).status_code == 403
