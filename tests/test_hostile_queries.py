"""What a query must not do at any list, of the API or of the admin: make it fail, or list everything by mistake."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User

BEFORE, BEYOND = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"


@pytest.mark.parametrize(
    ("path", "name"),
    [("users", "created_after"), ("users", "created_before"), ("events", "since"), ("events", "until")],
)
@pytest.mark.parametrize("moment", [BEFORE, BEYOND])
def test_a_list_of_the_api_refuses_it(root: User, path: str, name: str, moment: str) -> None:
    client = APIClient()
    client.force_authenticate(root)

    answer = client.get(f"/api/v1/{path}/", {name: moment})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert [error["field"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("lookup", ["occurred_at__gte", "occurred_at__lt"])
@pytest.mark.parametrize("moment", [BEFORE, BEYOND])
def test_a_list_of_the_admin_leads_back(root: User, lookup: str, moment: str) -> None:
    client = Client()
    client.force_login(root, backend="accounts.backends.PasswordBackend")

    answer = client.get("/admin/events/event/", {lookup: moment})

    assert answer.status_code in {302, 400}


@pytest.mark.parametrize(
    "path", ["roles/?is_builtin=banana", "permissions/?is_builtin=banana", "role-assignments/?active=banana"]
)
def test_neither_true_nor_false_is_refused(root: User, path: str) -> None:
    client = APIClient()
    client.force_authenticate(root)

    assert client.get(f"/api/v1/{path}").status_code == 400
