"""What strangers may ask: an account, a proof of their address, a new password. No answer tells who has an account."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import limits, serializers
from accounts.services import invitations, recovery, registration
from common.http.actors import actor_of
from common.http.idempotency import idempotent
from common.http.permissions import PUBLIC
from common.http.views import ApiView


class Registration(ApiView):
    """Sign up. The answer is the same for an address that has an account; only its owner learns of the try, by mail."""

    needs = {"POST": PUBLIC}
    limits = {"POST": limits.FROM_ONE_CLIENT}

    @extend_schema(request=serializers.RegistrationRequest, responses={202: None})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.RegistrationRequest)
        limits.spend_mail_to(asked["email"], request)
        registration.register(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=202)


class EmailVerification(ApiView):
    """The token from the mail proves the address, once."""

    needs = {"POST": PUBLIC}

    @extend_schema(request=serializers.TokenRequest, responses={204: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.TokenRequest)
        registration.verify_email(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=204)


class EmailVerificationAgain(ApiView):
    """Have the mail sent again, where there is an account that waits for it."""

    needs = {"POST": PUBLIC}
    limits = {"POST": limits.FROM_ONE_CLIENT}

    @extend_schema(request=serializers.AddressRequest, responses={202: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.AddressRequest)
        limits.spend_mail_to(asked["email"], request)
        registration.resend(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=202)


class PasswordReset(ApiView):
    """Have a link mailed, where there is an account. Older links die."""

    needs = {"POST": PUBLIC}
    limits = {"POST": limits.FROM_ONE_CLIENT}

    @extend_schema(request=serializers.AddressRequest, responses={202: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.AddressRequest)
        limits.spend_mail_to(asked["email"], request)
        recovery.request_reset(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=202)


class PasswordResetConfirmation(ApiView):
    """Set a new password by the mailed token. Every session ends, and none begins."""

    needs = {"POST": PUBLIC}

    @extend_schema(request=serializers.NewPasswordRequest, responses={204: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.NewPasswordRequest)
        recovery.confirm_reset(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=204)


class InvitationAcceptance(ApiView):
    """Set the first password by the mailed token."""

    needs = {"POST": PUBLIC}

    @extend_schema(request=serializers.InvitationRequest, responses={204: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.InvitationRequest)
        invitations.accept(**asked, actor=actor_of(request), at=timezone.now())
        return Response(status=204)
