"""How the views describe themselves in OpenAPI 3.1: what each operation needs, takes, and how it refuses."""

import re
from collections.abc import Iterator
from typing import Any, Literal, cast

from drf_spectacular import openapi
from drf_spectacular.plumbing import ComponentIdentity, ResolvedComponent, build_parameter_type
from drf_spectacular.utils import OpenApiParameter

from common.http.filters import parameters_of
from common.http.permissions import PUBLIC, SELF, need_of
from common.http.refusals import PROBLEM, REFUSALS
from common.http.views import ListView

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An access token, an API key, or the token of a service account. Cookies are never accepted.",
}
IF_MATCH = {"type": "string", "description": "The ETag that you have seen; 412 if it is no longer the one."}
IDEMPOTENCY_KEY = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "The same key with the same body gets the first answer again, for 24 hours.",
}
WRITES_A_BODY = frozenset({"POST", "PUT", "PATCH"})
CHANGES_ONE = frozenset({"PUT", "PATCH", "DELETE"})
PREFIX = re.compile(r"^/(api/v1/)?")


class CursorEnvelope:
    """The frame of every list, as drf-spectacular asks for it."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        del view
        size = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        return [
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "From `next` or `previous`.",
            },
            {"name": "page_size", "in": "query", "schema": size},
        ]


class AutoSchema(openapi.AutoSchema):
    """Adds to each operation what `needs` and the conventions say, so that views declare only their bodies."""

    def is_excluded(self) -> bool:
        """Whether nobody may call it, and so nobody has to know of it."""
        return self._need is None

    def get_operation_id(self) -> str:
        # Method and path name an operation for good, whatever other operations come and go.
        words = re.findall(r"[A-Za-z0-9]+", PREFIX.sub("", self.path))
        return "_".join([self.method.lower(), *words])

    def get_tags(self) -> list[str]:
        return re.findall(r"[A-Za-z0-9-]+", PREFIX.sub("", self.path))[:1]

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular leaves DRF's arguments out, too
        """The docstring of the method or of this very class, never an inherited one."""
        method = getattr(type(self.view), self.method.lower(), None)
        return getattr(method, "__doc__", None) or vars(type(self.view)).get("__doc__") or ""

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self._need == PUBLIC:
            return []
        self._register("bearer", ResolvedComponent.SECURITY_SCHEMA, BEARER)
        return [{"bearer": []}]

    def get_extensions(self) -> dict[str, Any]:
        return {**super().get_extensions(), "x-required-permission": self._need}

    def get_response_serializers(self) -> Any:
        if self._is_our_list:
            return self._list.output(many=True)
        return super().get_response_serializers()

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self._is_our_list or super()._is_list_view(serializer)

    def _get_paginator(self) -> Any:
        return CursorEnvelope() if self._is_our_list else None

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        return parameters_of(self._list) if self._is_our_list else []

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters = super()._get_parameters()
        named = {(p["name"], p["in"]) for p in parameters}
        return parameters + [p for p in self._headers() if (p["name"], p["in"]) not in named]

    def _headers(self) -> Iterator[dict[str, Any]]:
        if getattr(getattr(self.view, self.method.lower(), None), "is_idempotent", False):
            yield build_parameter_type("Idempotency-Key", dict(IDEMPOTENCY_KEY), OpenApiParameter.HEADER)
        if self._takes_condition:
            yield build_parameter_type("If-Match", dict(IF_MATCH), OpenApiParameter.HEADER)

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        answers = super()._get_response_bodies(direction)
        for status, (name, response) in REFUSALS.items():
            if status in self._refused_with():
                self._register("Problem", ResolvedComponent.SCHEMA, PROBLEM)
                answers.setdefault(str(status), self._register(name, ResolvedComponent.RESPONSE, response))
        return dict(sorted(answers.items()))

    def _refused_with(self) -> set[int]:
        takes_body, leads_to_one = self.method in WRITES_A_BODY, "{" in self.path
        found = {400, 429, 503}
        found |= {401} if self._need != PUBLIC else set()
        found |= {403} if self._need != PUBLIC and not self._is_open_to_all_who_sign_in else set()
        found |= {404} if leads_to_one else set()
        found |= {409, 413, 415} if takes_body else set()
        found |= {412} if self._takes_condition else set()
        return found | getattr(self.view, "refusals", frozenset())

    @property
    def _is_open_to_all_who_sign_in(self) -> bool:
        return self._need == SELF and getattr(self.view, "open_to_keys", False)

    @property
    def _takes_condition(self) -> bool:
        return self.method in CHANGES_ONE and getattr(self.view, "is_versioned", False)

    @property
    def _need(self) -> str | None:
        return need_of(self.view, self.method)

    @property
    def _is_our_list(self) -> bool:
        return isinstance(self.view, ListView) and self.method == "GET"

    @property
    def _list(self) -> ListView:
        return cast("ListView", self.view)

    def _register(self, name: str, kind: str, schema: dict[str, Any]) -> dict[str, str]:
        identity = ComponentIdentity(name)  # type: ignore[no-untyped-call]  # drf-spectacular's own
        component = ResolvedComponent(name, kind, schema, identity)  # type: ignore[no-untyped-call]  # likewise
        self.registry.register_on_missing(component)
        return dict(component.ref)
