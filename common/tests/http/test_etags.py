from collections.abc import Callable

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from common.errors import VersionMismatch
from common.http.etags import etag_of, expected_version

NOTE = "/api/v1/notes/7/"


def test_a_single_resource_carries_its_version(signed_in: Callable[..., APIClient]) -> None:
    assert signed_in("note:view").get(NOTE).headers["ETag"] == etag_of(3) == '"3"'


def test_what_was_seen_is_what_is_expected(signed_in: Callable[..., APIClient]) -> None:
    tag = signed_in("note:view").get(NOTE).headers["ETag"]

    answer = signed_in().patch(NOTE, {}, format="json", headers={"If-Match": tag})

    assert answer.json()["expected"] == 3


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": " * "}])
def test_without_a_condition_any_version_will_do(headers: dict[str, str]) -> None:
    assert expected_version(RequestFactory().get("/", headers=headers)) is None


@pytest.mark.parametrize(
    "said", ['W/"3"', "3", '"abc"', '""', "", '"3", "4"', '"-1"', '"٣"', '"' + "9" * 5000 + '"', '"3"x']
)
def test_a_condition_that_none_of_ours_can_meet_fails(said: str) -> None:
    with pytest.raises(VersionMismatch):
        expected_version(RequestFactory().get("/", headers={"If-Match": said}))


@pytest.mark.parametrize(("said", "status"), [("*", 204), ('"1"', 412), ('W/"1"', 412)])
def test_no_condition_holds_where_there_are_no_versions(stranger: APIClient, said: str, status: int) -> None:
    assert stranger.delete("/api/v1/hurried/", headers={"If-Match": said}).status_code == status


def test_a_failed_condition_is_a_412(signed_in: Callable[..., APIClient]) -> None:
    answer = signed_in().patch(NOTE, {}, format="json", headers={"If-Match": 'W/"3"'})

    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
