"""The refusals as OpenAPI components, each told once and pointed at by every operation that may give it."""

from typing import Any

from common.http.problems import CONTENT_TYPE

FIELD_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "description": "The field's JSON name, dotted where it is nested."},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Programs go by `code`, which never changes; people read `detail`.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": FIELD_ERROR},
    },
}
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}}}


def _refusal(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[str, Any] = {"description": description, "content": body}
    return {**told, "headers": headers} if headers else told


REFUSALS: dict[int, tuple[str, dict[str, Any]]] = {
    400: ("Invalid", _refusal("The request cannot be read, or is not valid.")),
    401: ("Unauthenticated", _refusal("No credentials, or credentials that are no good.", CHALLENGE)),
    403: ("Forbidden", _refusal("A permission is missing; `permission` names it.")),
    404: ("NotFound", _refusal("There is no such resource.")),
    409: ("Conflict", _refusal("The request conflicts with the present state.")),
    412: ("PreconditionFailed", _refusal("The resource has changed since you read it.")),
    413: ("TooLarge", _refusal("The request is too large.")),
    415: ("UnsupportedMediaType", _refusal("The body is of a kind that is not taken here.")),
    429: ("TooManyRequests", _refusal("Too many requests.", RETRY_AFTER)),
    503: ("Unavailable", _refusal("Something that this needs does not answer. Nothing was done.", RETRY_AFTER)),
}
