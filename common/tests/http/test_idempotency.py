from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django_celery_results.models import TaskResult
from rest_framework.test import APIClient

from common.tests.http import memory_store
from common.tests.http.sending import send

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def _store(settings: Any) -> Iterator[None]:
    settings.IDEMPOTENCY_STORE = "common.tests.http.memory_store"
    yield
    memory_store.remembered.clear()


def post(client: APIClient, key: str | None, title: str = "a", **body: str) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/v1/notes/", {"title": title, **body}, format="json", headers=headers)


def test_the_first_answer_is_given_again_whole(signed_in: SignedIn) -> None:
    first, again = post(signed_in(), "k"), post(signed_in(), "k")

    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, '"1"')
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    assert TaskResult.objects.count() == 1


def test_only_a_repetition_says_that_it_is_one(signed_in: SignedIn) -> None:
    assert "Idempotent-Replayed" not in post(signed_in(), "k").headers
    assert post(signed_in(), "k").headers["Idempotent-Replayed"] == "true"


def test_without_a_key_each_request_counts(signed_in: SignedIn) -> None:
    assert [post(signed_in(), None).json()["count"] for _ in range(2)] == [1, 2]


def test_the_same_key_with_another_body_is_a_conflict(signed_in: SignedIn) -> None:
    post(signed_in(), "k", "a")

    answer = post(signed_in(), "k", "b")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_a_body_spelled_differently_is_the_same_body(signed_in: SignedIn) -> None:
    spelled = [b'{"title":"a","body":"b"}', b'{ "body": "\\u0062", "title": "a" }']

    answers = [send(signed_in(), "/api/v1/notes/", text, HTTP_IDEMPOTENCY_KEY="k") for text in spelled]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert TaskResult.objects.count() == 1


def test_keys_belong_to_the_caller(signed_in: SignedIn) -> None:
    counts = [post(signed_in(pk=pk), "k").json()["count"] for pk in (1, 2)]

    assert counts == [1, 2]


@pytest.mark.parametrize("title", ["taken", ""])
def test_what_was_refused_may_be_mended_and_tried_again(signed_in: SignedIn, title: str) -> None:
    assert post(signed_in(), "k", title).status_code in {400, 409}

    assert post(signed_in(), "k", "free").status_code == 201


def test_a_refusal_leaves_nothing_behind(signed_in: SignedIn) -> None:
    post(signed_in(), "k", "taken")

    assert not TaskResult.objects.exists()


def test_a_refusal_that_is_returned_is_not_remembered_either(signed_in: SignedIn) -> None:
    answers = [post(signed_in(), "k", "later") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not memory_store.remembered


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\x7f", "a\tb"])
def test_a_key_that_is_no_visible_ascii_is_a_400(signed_in: SignedIn, key: str) -> None:
    answer = post(signed_in(), key)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize("key", ["x" * 255, "!~", '"quoted"'])
def test_any_visible_ascii_is_a_key(signed_in: SignedIn, key: str) -> None:
    assert post(signed_in(), key).status_code == 201


def test_nothing_of_the_body_can_be_guessed_from_what_is_kept(signed_in: SignedIn, settings: Any) -> None:
    digests = set()
    for secret in ("one" * 20, "two" * 20):
        settings.SECRET_KEY = secret
        post(signed_in(), secret)
        digests |= {digest for digest, _ in memory_store.remembered.values()}

    assert len(digests) == 2
