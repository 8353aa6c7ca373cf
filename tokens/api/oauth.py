"""The token endpoint of OAuth 2.0, in the forms that RFC 6749 gives to what is asked, answered and refused."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import problems, rates
from common.http.actors import caller_of
from common.http.parsers import StrictFormParser
from common.http.permissions import PUBLIC
from common.http.views import ApiView
from common.throttle import Limit, spend
from tokens.grants import token_endpoint
from tokens.grants.errors import InvalidClient, InvalidRequest, OAuthError

UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Nobody guesses 256 bits; this keeps down the noise of who tries, and never stands in the way of the right secret.
FAILURES = Limit("client-authentication-failures", 60, 60)
# RFC 6749, section 5.2: what may stand in an error_description.
UNSPEAKABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class TokenForm(serializers.Serializer[Any]):
    """The client authenticates with HTTP Basic, or with `client_id` and `client_secret` here. Without `scope`: `api`."""

    grant_type = serializers.ChoiceField(choices=[*token_endpoint.GRANT_TYPES])
    scope = serializers.CharField(required=False)
    client_id = serializers.CharField(required=False)
    client_secret = serializers.CharField(required=False)


class TokenAnswer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    scope = serializers.CharField()


class ErrorAnswer(serializers.Serializer[Any]):
    error = serializers.CharField()
    error_description = serializers.CharField()


def error_form(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Every refusal in the RFC's form, also those that it does not know."""
    refusal = problems.exception_handler(error, context)
    if refusal is None:
        return None
    known = error.code if isinstance(error, OAuthError) else _unknown(refusal.status_code)
    description = UNSPEAKABLE.sub("", refusal.data["detail"])
    refusal.data, refusal.content_type = {"error": known, "error_description": description}, "application/json"
    # RFC 9110, section 15.5.2: a 401 always names a way to authenticate.
    challenge = {"WWW-Authenticate": 'Basic realm="oauth2", charset="UTF-8"'}
    for name, value in {**UNSTORED, **(challenge if isinstance(error, InvalidClient) else {})}.items():
        refusal[name] = value
    return refusal


def _unknown(status: int) -> str:
    busy = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return "temporarily_unavailable" if status in busy else InvalidRequest.code


class Token(ApiView):
    """Tokens for machines. Every cause for which a client is not believed gets the same answer."""

    needs = {"POST": PUBLIC}
    parser_classes = [StrictFormParser]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return error_form

    @extend_schema(
        request={"application/x-www-form-urlencoded": TokenForm},
        responses={200: TokenAnswer, **dict.fromkeys((400, 401, 413, 415, 429, 503), ErrorAnswer)},
    )
    def post(self, request: Request) -> Response:
        if request.query_params:
            raise InvalidRequest("Parameters stand in the body, never in the address.")
        try:
            said = token_endpoint.exchange(
                cast("Mapping[str, str]", request.data),
                authorization=request.headers.get("Authorization", ""),
                at=timezone.now(),
            )
        except InvalidClient:
            rates.refuse_spent([spend(FAILURES, caller_of(request))])
            raise
        return Response(said, headers=UNSTORED)
