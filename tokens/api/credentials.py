"""The secrets of service accounts, for staff. Whoever asks for one must hold all that the account does."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ServiceAccount
from common.errors import NotFound, Refused
from common.http.actors import actor_of
from common.http.idempotency import idempotent
from common.http.places import PlacedView
from common.http.serializers import StrictSerializer, UtcDateTimeField
from common.http.views import ListView
from tokens.models import ServiceCredential
from tokens.services import credentials

UNSTORED = {"Cache-Control": "no-store"}


class CredentialRequest(StrictSerializer):
    expires_at = UtcDateTimeField(required=False, allow_null=True)


class CredentialAnswer(serializers.ModelSerializer[ServiceCredential]):
    """`hint` is how the secret begins. `last_used_at` is told to the minute."""

    client_id = serializers.UUIDField(source="service_account_id")
    created_at = UtcDateTimeField()
    last_used_at = UtcDateTimeField(allow_null=True)
    expires_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = ServiceCredential
        fields = ["id", "client_id", "hint", "created_at", "last_used_at", "expires_at"]


class NewCredentialAnswer(CredentialAnswer):
    """`client_secret` is shown here and never again."""

    client_secret = serializers.SerializerMethodField()

    class Meta(CredentialAnswer.Meta):
        fields = [*CredentialAnswer.Meta.fields, "client_secret"]

    def get_client_secret(self, credential: ServiceCredential) -> str:
        del credential
        return str(self.context["client_secret"])


class Credentials(PlacedView, ListView):
    """Those that are not revoked. Several at once let a secret be changed without a gap."""

    shows = "service_account:view"
    needs = {"GET": "service_credential:view", "POST": "service_credential:add"}
    is_versioned = False
    output = CredentialAnswer

    def rows(self, request: Request) -> QuerySet[ServiceCredential]:
        del request
        return ServiceCredential.objects.open().filter(service_account=self.account)

    def admit(self, request: Request) -> None:
        self.account = self.one(request, ServiceAccount.objects.all(), self.kwargs["account_id"])

    @extend_schema(request=CredentialRequest, responses={201: NewCredentialAnswer})
    @idempotent
    def post(self, request: Request, account_id: UUID) -> Response:
        """A further secret. 403 `privilege_escalation` where the account holds what the caller does not."""
        del account_id
        asked = self.read(request, CredentialRequest)
        added = credentials.add(self.account, **asked, actor=actor_of(request), at=timezone.now())
        if isinstance(added, Refused):
            return self.told(added)
        shown = NewCredentialAnswer(added.credential, context={"client_secret": added.client_secret})
        return Response(shown.data, status=201, headers=UNSTORED)


class OneCredential(PlacedView):
    """Revoke it: from the next request on it opens nothing, nor do the tokens that were bought with it."""

    shows = "service_account:view"
    needs = {"DELETE": "service_credential:delete"}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, account_id: UUID, credential_id: UUID) -> Response:
        account = self.one(request, ServiceAccount.objects.all(), account_id)
        credential = ServiceCredential.objects.open().filter(pk=credential_id, service_account=account).first()
        if credential is None:
            raise NotFound
        credentials.revoke(credential, actor=actor_of(request), at=timezone.now())
        return Response(status=204)
