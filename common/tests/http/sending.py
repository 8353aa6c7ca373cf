"""Requests as they come over the wire: bytes that no client library has touched."""

from typing import Any

from rest_framework.test import APIClient


def send(client: APIClient, path: str, body: bytes, content_type: str = "application/json", **environ: Any) -> Any:
    raw: Any = client
    return raw.generic("POST", path, body, content_type=content_type, **environ)
