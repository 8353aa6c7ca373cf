"""Questions of AuthZEN for tests, and whoever puts them."""

from collections.abc import Callable, Iterator
from typing import Any

from rest_framework.test import APIClient

from accounts.models import ServiceAccount, User

Search = Callable[..., Any]


def question(
    asked: User | ServiceAccount | str, /, action: str = "approve", scope: Any = None, **parts: Any
) -> dict[str, Any]:
    """May the one asked about approve invoice 7 (at the scope)?"""
    return {
        "subject": subject(asked),
        "action": {"name": action},
        "resource": {"type": "invoice", "id": "7", **({} if scope is None else {"properties": {"scope": scope}})},
        **parts,
    }


def subject(asked: User | ServiceAccount | str) -> dict[str, str]:
    if isinstance(asked, str):
        return {"type": "user", "id": asked}
    return {"type": asked.actor_kind.value, "id": str(asked.pk)}


def post(client: APIClient, path: str, body: Any) -> Any:
    return client.post(f"/access/v1/{path}", body, format="json")


def who(kind: str = "user", **parts: Any) -> dict[str, Any]:
    return {**question("", **parts), "subject": {"type": kind}}


def where(asked: User | str, **parts: Any) -> dict[str, Any]:
    body = question(asked, **parts)
    del body["resource"]["id"]
    return body


def what(asked: User | str, **parts: Any) -> dict[str, Any]:
    body = question(asked, **parts)
    del body["action"]
    return body


def found(answer: Any, name: str = "id") -> list[str]:
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["page", "results"]
    return [one[name] for one in answer.json()["results"]]


def pages(search: Search, which: str, body: dict[str, Any], *, limit: int) -> Iterator[list[dict[str, Any]]]:
    token = ""
    while True:
        answer = search(which, {**body, "page": {"limit": limit, **({"token": token} if token else {})}}).json()
        assert answer["page"]["count"] == len(answer["results"])
        yield answer["results"]
        if not (token := answer["page"]["next_token"]):
            return


def sorted_by_id(*people: User) -> list[User]:
    return sorted(people, key=lambda one: one.pk)
