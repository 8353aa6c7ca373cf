"""What this decision point offers and where, for clients that are told nothing but its address."""

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.permissions import PUBLIC
from common.http.views import ApiView
from rbac.api.authzen import documents

ENDPOINTS = {
    "access_evaluation_endpoint": "authzen-evaluation",
    "access_evaluations_endpoint": "authzen-evaluations",
    "search_subject_endpoint": "authzen-search-subject",
    "search_resource_endpoint": "authzen-search-resource",
    "search_action_endpoint": "authzen-search-action",
}
HOUR = 3600


class Configuration(ApiView):
    needs = {"GET": PUBLIC}

    @extend_schema(responses=documents.Configuration)
    def get(self, request: Request) -> Response:
        """All addresses begin with our one origin, whatever host the caller has asked."""
        del request
        endpoints = {name: f"{settings.PUBLIC_URL}{reverse(route)}" for name, route in ENDPOINTS.items()}
        may_keep = {"Cache-Control": f"public, max-age={HOUR}"}
        return Response({"policy_decision_point": settings.PUBLIC_URL, **endpoints}, headers=may_keep)
