"""What staff does with machines' accounts. Whatever outranks the caller can be looked at and not touched."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import filters, serializers
from accounts.models import ServiceAccount
from accounts.services import service_accounts
from common.errors import NotFound
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.views import ApiView, ListView, answer


class ServiceAccounts(ListView):
    """`search` looks for each word in the name."""

    needs = {"GET": "service_account:view", "POST": "service_account:add"}
    output = serializers.ServiceAccountAnswer
    filterset_class: ClassVar = filters.ServiceAccountFilter
    search_fields = ("name",)
    ordering_fields = ("name", "created_at")

    def rows(self, request: Request) -> QuerySet[ServiceAccount]:
        del request
        return ServiceAccount.objects.all()

    @extend_schema(request=serializers.ServiceAccountRequest, responses={201: serializers.ServiceAccountAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """It can do nothing yet: roles and credentials are given to it one by one."""
        asked = self.read(request, serializers.ServiceAccountRequest)
        made = service_accounts.create(**asked, actor=actor_of(request), at=timezone.now())
        return answer(serializers.ServiceAccountAnswer(made).data, status=201, version=made.version)


class OneServiceAccount(ApiView):
    needs = {"GET": "service_account:view", "PATCH": "service_account:change", "DELETE": "service_account:delete"}

    @extend_schema(responses=serializers.ServiceAccountAnswer)
    def get(self, request: Request, account_id: UUID) -> Response:
        del request
        return _as_it_is(account_id)

    @extend_schema(request=serializers.ServiceAccountChangeRequest, responses=serializers.ServiceAccountAnswer)
    def patch(self, request: Request, account_id: UUID) -> Response:
        account = _account(account_id)
        self.check(request, "service_account:change", account)
        asked = self.read(request, serializers.ServiceAccountChangeRequest)
        changed = service_accounts.update(
            account,
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return answer(serializers.ServiceAccountAnswer(changed).data, version=changed.version)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, account_id: UUID) -> Response:
        """The account, its credentials and its roles are gone, and its tokens dead. The audit trail keeps the id."""
        account = _account(account_id)
        self.check(request, "service_account:delete", account)
        service_accounts.delete(
            account, if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(request=serializers.DeactivationRequest, responses=serializers.ServiceAccountAnswer)
)
class ServiceAccountDeactivation(ApiView):
    """Shut the account; its credentials and tokens open nothing any more. Doing it twice changes nothing."""

    needs = {"POST": "service_account:change"}

    def post(self, request: Request, account_id: UUID) -> Response:
        account = _account(account_id)
        self.check(request, "service_account:change", account)
        asked = self.read(request, serializers.DeactivationRequest)
        service_accounts.deactivate(account, **asked, actor=actor_of(request), at=timezone.now())
        return _as_it_is(account_id)


@extend_schema_view(post=extend_schema(request=None, responses=serializers.ServiceAccountAnswer))
class ServiceAccountReactivation(ApiView):
    """Open the account again. Its credentials are good again; tokens from before stay dead."""

    needs = {"POST": "service_account:change"}

    def post(self, request: Request, account_id: UUID) -> Response:
        account = _account(account_id)
        self.check(request, "service_account:change", account)
        self.read(request, serializers.NothingRequest)
        service_accounts.reactivate(account, actor=actor_of(request), at=timezone.now())
        return _as_it_is(account_id)


def _account(account_id: UUID) -> ServiceAccount:
    found = ServiceAccount.objects.filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def _as_it_is(account_id: UUID) -> Response:
    account = _account(account_id)
    return answer(serializers.ServiceAccountAnswer(account).data, version=account.version)
