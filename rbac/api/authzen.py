"""OpenID AuthZEN Authorization API 1.0: may the subject take the action on the resource? Unknown members are left alone."""

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import problems
from common.http.permissions import SELF
from common.http.serializers import CleanCharField
from common.http.views import ApiView
from rbac import scopes, selectors
from rbac.decisions import Decision
from rbac.selectors import Holder

LONGEST = 1000


class ObjectField(serializers.DictField):
    """A JSON object with whatever in it."""


class SubjectRequest(serializers.Serializer[Any]):
    type = CleanCharField(max_length=LONGEST)
    id = CleanCharField(max_length=LONGEST)
    properties = ObjectField(required=False)


class ActionRequest(serializers.Serializer[Any]):
    name = CleanCharField(max_length=LONGEST)
    properties = ObjectField(required=False)


class ResourcePropertiesRequest(serializers.Serializer[Any]):
    scope = CleanCharField(max_length=LONGEST, default=scopes.ROOT)


class ResourceRequest(serializers.Serializer[Any]):
    type = CleanCharField(max_length=LONGEST)
    id = CleanCharField(max_length=LONGEST)
    properties = ResourcePropertiesRequest(required=False)


class EvaluationRequest(serializers.Serializer[Any]):
    subject = SubjectRequest()
    action = ActionRequest()
    resource = ResourceRequest()
    context = ObjectField(required=False)  # type: ignore[assignment]  # the standard's word, and DRF's metaclass lifts it out


class EvaluationAnswer(serializers.Serializer[Any]):
    decision = serializers.BooleanField()
    context = ObjectField()  # type: ignore[assignment]  # as above


def error_form(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The standard's errors: the status, and as the body a message, which we give as a JSON string."""
    refusal = problems.exception_handler(error, context)
    if refusal is not None:
        refusal.data, refusal.content_type = refusal.data["detail"], "application/json"
    return refusal


class Evaluation(ApiView):
    """Takes `decision:evaluate`; anybody may ask about herself. Who is unknown may nothing: that is a decision, not an error."""

    needs = {"POST": SELF}
    open_to_keys = True

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return error_form

    @extend_schema(
        request=EvaluationRequest,
        responses={200: EvaluationAnswer, **dict.fromkeys((400, 401, 403), OpenApiTypes.STR)},
    )
    def post(self, request: Request) -> Response:
        asked = self.read(request, EvaluationRequest)
        subject, action, resource = (asked[part] for part in ("subject", "action", "resource"))
        scope = scopes.checked(resource.get("properties", {}).get("scope", scopes.ROOT))
        if not _is_about(cast("Holder", request.user), subject):
            self.check(request, "decision:evaluate")
        decision = selectors.evaluate(
            subject["type"], subject["id"], f"{resource['type']}:{action['name']}", scope=scope, at=timezone.now()
        )
        return Response({"decision": decision.allowed, "context": _reasons(decision)})


def _is_about(asker: Holder, subject: Mapping[str, str]) -> bool:
    try:
        return subject["type"] == asker.actor_kind and UUID(subject["id"]) == asker.pk
    except ValueError:
        return False


def _reasons(decision: Decision) -> dict[str, Any]:
    return {"reason_admin": _for_staff(decision), "reason_user": {"en": _for_herself(decision)}}


def _for_staff(decision: Decision) -> dict[str, Any]:
    reason = {
        "en": decision.because,
        "cause": decision.cause,
        "permission": decision.permission,
        "scope": decision.scope,
    }
    if decision.held is None:
        return reason
    held = decision.held
    return {
        **reason,
        "assignment": held.assignment_id,
        "role_path": [held.role],
        "assigned_at": held.scope,
        "valid_from": held.valid_from,
        "valid_until": held.valid_until,
    }


def _for_herself(decision: Decision) -> str:
    return "You may do this." if decision else "You may not do this. Ask whoever administers your access."
