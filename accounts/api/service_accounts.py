"""What staff does with machines' accounts at their places. Whatever outranks the caller can be looked at and not touched."""

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
from common import scopes
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.places import PlacedView, asked_scope, home_for
from common.http.views import ListView, answer
from common.scopes import Place


class ServiceAccounts(PlacedView, ListView):
    """`search` looks for each word in the name."""

    shows = "service_account:view"
    needs = {"GET": "service_account:view", "POST": "service_account:add"}
    output = serializers.ServiceAccountAnswer
    filterset_class: ClassVar = filters.ServiceAccountFilter
    search_fields = ("name",)
    ordering_fields = ("name", "created_at")

    def rows(self, request: Request) -> QuerySet[ServiceAccount]:
        return self.known(request, ServiceAccount.objects.all())

    def admit(self, request: Request) -> None:
        if request.method == "POST":
            self.home = home_for(request, "service_account:add", asked_scope(request))

    @extend_schema(request=serializers.ServiceAccountRequest, responses={201: serializers.ServiceAccountAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """It can do nothing yet: roles and credentials are given to it one by one."""
        asked = self.read(request, serializers.ServiceAccountRequest)
        made = service_accounts.create(**{**asked, "scope": self.home}, actor=actor_of(request), at=timezone.now())
        return _answer(made, status=201)


class OneServiceAccount(PlacedView):
    shows = "service_account:view"
    needs = {"GET": "service_account:view", "PATCH": "service_account:change", "DELETE": "service_account:delete"}

    @extend_schema(responses=serializers.ServiceAccountAnswer)
    def get(self, request: Request, account_id: UUID) -> Response:
        return _answer(self.one(request, ServiceAccount.objects.all(), account_id))

    @extend_schema(request=serializers.ServiceAccountChangeRequest, responses=serializers.ServiceAccountAnswer)
    def patch(self, request: Request, account_id: UUID) -> Response:
        account = self.one(request, ServiceAccount.objects.all(), account_id)
        asked = self.read(request, serializers.ServiceAccountChangeRequest)
        self.check(request, "service_account:change", Place(scopes.checked(asked.get("scope", account.scope))))
        changed = service_accounts.update(
            account,
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return _answer(changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, account_id: UUID) -> Response:
        """The account, its credentials and its roles are gone, and its tokens dead. The audit trail keeps the id."""
        account = self.one(request, ServiceAccount.objects.all(), account_id)
        service_accounts.delete(
            account, if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(request=serializers.DeactivationRequest, responses=serializers.ServiceAccountAnswer)
)
class ServiceAccountDeactivation(PlacedView):
    """Shut the account; its credentials and tokens open nothing any more. Doing it twice changes nothing."""

    shows = "service_account:view"
    needs = {"POST": "service_account:change"}

    def post(self, request: Request, account_id: UUID) -> Response:
        account = self.one(request, ServiceAccount.objects.all(), account_id)
        asked = self.read(request, serializers.DeactivationRequest)
        service_accounts.deactivate(account, **asked, actor=actor_of(request), at=timezone.now())
        return _as_it_is(account)


@extend_schema_view(post=extend_schema(request=None, responses=serializers.ServiceAccountAnswer))
class ServiceAccountReactivation(PlacedView):
    """Open the account again. Its credentials are good again; tokens from before stay dead."""

    shows = "service_account:view"
    needs = {"POST": "service_account:change"}

    def post(self, request: Request, account_id: UUID) -> Response:
        account = self.one(request, ServiceAccount.objects.all(), account_id)
        self.read(request, serializers.NothingRequest)
        service_accounts.reactivate(account, actor=actor_of(request), at=timezone.now())
        return _as_it_is(account)


def _as_it_is(account: ServiceAccount) -> Response:
    account.refresh_from_db()
    return _answer(account)


def _answer(account: ServiceAccount, *, status: int = 200) -> Response:
    return answer(serializers.ServiceAccountAnswer(account).data, status=status, version=account.version)
