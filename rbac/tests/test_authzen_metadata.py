"""`GET /.well-known/authzen-configuration`."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from rbac.tests.questions import post, question

WHERE = "/.well-known/authzen-configuration"


def test_every_endpoint_is_named_below_our_one_origin() -> None:
    answer = APIClient().get(WHERE, headers={"host": "localhost"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "policy_decision_point": settings.PUBLIC_URL,
        "access_evaluation_endpoint": f"{settings.PUBLIC_URL}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{settings.PUBLIC_URL}/access/v1/evaluations",
        "search_subject_endpoint": f"{settings.PUBLIC_URL}/access/v1/search/subject",
        "search_resource_endpoint": f"{settings.PUBLIC_URL}/access/v1/search/resource",
        "search_action_endpoint": f"{settings.PUBLIC_URL}/access/v1/search/action",
    }


def test_anybody_may_read_and_keep_it_for_a_while() -> None:
    assert APIClient().get(WHERE)["Cache-Control"] == "public, max-age=3600"


@pytest.mark.django_db
def test_every_endpoint_that_is_named_is_there(root: User) -> None:
    client = APIClient()
    client.force_authenticate(root)

    for name, url in client.get(WHERE).json().items():
        if name.endswith("_endpoint"):
            path = url.removeprefix(f"{settings.PUBLIC_URL}/access/v1/")
            assert post(client, path, question(root)).status_code == 200, name
