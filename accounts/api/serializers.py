"""What the API of accounts takes and gives."""

from typing import Any

from rest_framework import serializers

from accounts import addresses, preferences
from accounts.models import ServiceAccount, User
from common import scopes
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField


class EmailAddressField(CleanCharField):
    """One address; what comes out is tidy, and any spelling of it finds the same account."""

    default_error_messages = {"invalid": "This is not one e-mail address."}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=addresses.MAX_LENGTH, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return addresses.tidy(super().to_internal_value(data))
        except ValueError:
            self.fail("invalid")


class PasswordField(CleanCharField):
    """As it was typed. How long it may be and how good it must be is the service's affair."""

    def __init__(self, **options: Any) -> None:
        super().__init__(verbatim=True, write_only=True, style={"input_type": "password"}, **options)


class ProfileRequest(StrictSerializer):
    display_name = CleanCharField(max_length=150, required=False, allow_blank=True)
    locale = CleanCharField(max_length=16, required=False, validators=[preferences.check_locale])
    timezone = CleanCharField(max_length=64, required=False, validators=[preferences.check_time_zone])


class ScopeField(CleanCharField):
    """Where somebody is at home. Whether it is a scope at all is the service's affair."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=scopes.MAX_LENGTH, required=False, **options)


class UserChangeRequest(ProfileRequest):
    scope = ScopeField()
    is_staff = serializers.BooleanField(required=False)
    is_superuser = serializers.BooleanField(required=False)


class UserRequest(ProfileRequest):
    email = EmailAddressField()
    password = PasswordField(required=False)
    email_verified = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False)
    scope = ScopeField()


class DeactivationRequest(StrictSerializer):
    reason = CleanCharField(max_length=300, required=False, allow_blank=True)


class NothingRequest(StrictSerializer):
    """An empty body, or none."""


class RegistrationRequest(StrictSerializer):
    email = EmailAddressField()
    password = PasswordField()
    display_name = CleanCharField(max_length=150, required=False, allow_blank=True)


class AddressRequest(StrictSerializer):
    email = EmailAddressField()


class TokenRequest(StrictSerializer):
    token = CleanCharField(max_length=200, verbatim=True)


class NewPasswordRequest(TokenRequest):
    password = PasswordField()


class InvitationRequest(NewPasswordRequest):
    display_name = CleanCharField(max_length=150, required=False, allow_blank=True)


class PasswordChangeRequest(StrictSerializer):
    current_password = PasswordField()
    password = PasswordField()


class UserAnswer(serializers.ModelSerializer[User]):
    email_verified_at = UtcDateTimeField(allow_null=True)
    password_changed_at = UtcDateTimeField(allow_null=True)
    last_login = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "display_name",
            "locale",
            "timezone",
            "scope",
            "is_active",
            "is_staff",
            "is_superuser",
            "email_verified_at",
            "password_changed_at",
            "last_login",
            "created_at",
            "updated_at",
        ]


class ServiceAccountChangeRequest(StrictSerializer):
    name = CleanCharField(max_length=150, required=False)
    description = CleanCharField(max_length=500, required=False, allow_blank=True)
    scope = ScopeField()


class ServiceAccountRequest(ServiceAccountChangeRequest):
    name = CleanCharField(max_length=150)


class ServiceAccountAnswer(serializers.ModelSerializer[ServiceAccount]):
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = ServiceAccount
        fields = ["id", "name", "description", "scope", "is_active", "created_at", "updated_at"]
