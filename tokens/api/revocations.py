"""The feed of revocations, for those who check tokens without asking us."""

from dataclasses import astuple
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils import timezone
from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError
from common.http.pagination import LARGEST_PAGE, InvalidCursor, size_of
from common.http.serializers import UtcDateTimeField
from common.http.views import ApiView, UnknownParameter
from tokens import feed
from tokens.errors import UnknownPlace
from tokens.feed import Piece, Place
from tokens.models import Revocation, RevocationKind

PARAMETERS = [
    OpenApiParameter("since", str, description="The `cursor` of the last answer."),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}),
]
NAMED_BY = {RevocationKind.SESSION: "sid", RevocationKind.SUBJECT: "sub", RevocationKind.SIGNING_KEY: "kid"}


class RevocationAnswer(serializers.ModelSerializer[Revocation]):
    """One of `sid`, `sub` and `kid` is there, by `type`. Of a subject, only what was issued before `not_before` is dead."""

    type = serializers.ChoiceField(RevocationKind.choices, source="kind")
    sid = serializers.UUIDField(required=False)
    sub = serializers.UUIDField(required=False)
    kid = serializers.CharField(required=False)
    not_before = UtcDateTimeField(required=False)
    revoked_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()

    class Meta:
        model = Revocation
        fields = ["type", "sid", "sub", "kid", "not_before", "revoked_at", "expires_at"]

    def to_representation(self, instance: Revocation) -> dict[str, Any]:
        times = {name: getattr(instance, name) for name in ("not_before", "revoked_at", "expires_at")}
        said = {name: self.fields[name].to_representation(time) for name, time in times.items() if time}
        return {"type": instance.kind, NAMED_BY[RevocationKind(instance.kind)]: instance.named, **said}


class RevocationFeed(serializers.Serializer[Any]):
    """`next` leads on within what there is now. `cursor` is what to ask `since` then; what was told may be told again."""

    results = RevocationAnswer(many=True)
    cursor = serializers.CharField()
    next = serializers.URLField(allow_null=True)


class Revocations(ApiView):
    """What is dead although its signature is good, for as long as that matters. Without `since`, all of it."""

    needs = {"GET": "revocation:view"}

    @extend_schema(parameters=PARAMETERS, responses=RevocationFeed)
    def get(self, request: Request) -> Response:
        query = request.query_params
        _refuse_unknown(set(query) - {"since", "page_size"})
        size = size_of(query.get("page_size"))
        try:
            piece = feed.read(_place(query.get("since")), size=size, at=timezone.now())
        except UnknownPlace:
            raise InvalidCursor from None
        return Response(_said(piece, request), headers={"Cache-Control": "no-store"})


def _said(piece: Piece, request: Request) -> dict[str, Any]:
    cursor = _signer().sign_object(astuple(piece.place))
    path = request.get_full_path_info().partition("?")[0]
    query = urlencode({**request.query_params.dict(), "since": cursor})
    return {
        "results": RevocationAnswer(piece.rows, many=True).data,
        "cursor": cursor,
        # Our one origin, whatever Host the caller has sent.
        "next": None if piece.is_last else f"{settings.PUBLIC_URL}{path}?{query}",
    }


def _place(cursor: str | None) -> Place:
    if cursor is None:
        return Place()
    try:
        settled, seen, seen_at, told, ceiling = _signer().unsign_object(cursor)
    except (BadSignature, ValueError, TypeError):
        raise InvalidCursor from None
    return Place(settled=settled, seen=seen, seen_at=seen_at, told=told, ceiling=ceiling)


def _refuse_unknown(names: set[str]) -> None:
    if names:
        errors = [FieldError(name, "unknown_parameter", "There is no such parameter.") for name in sorted(names)]
        raise UnknownParameter("This feed takes: page_size, since.", errors=errors)


def _signer() -> Signer:
    return Signer(salt="tokens.api.revocations")
