"""Below `/api/v1/`."""

from django.urls import path

from accounts.api import doors, own, service_accounts, views

urlpatterns = [
    path("accounts/register/", doors.Registration.as_view(), name="register"),
    path("accounts/verify-email/", doors.EmailVerification.as_view(), name="verify-email"),
    path("accounts/verify-email/resend/", doors.EmailVerificationAgain.as_view(), name="resend-verification"),
    path("accounts/password/reset/", doors.PasswordReset.as_view(), name="password-reset"),
    path("accounts/password/reset/confirm/", doors.PasswordResetConfirmation.as_view(), name="password-reset-confirm"),
    path("accounts/invitations/accept/", doors.InvitationAcceptance.as_view(), name="invitation-accept"),
    path("me/", own.Me.as_view(), name="me"),
    path("me/password/", own.MyPassword.as_view(), name="my-password"),
    path("users/", views.Users.as_view(), name="user-list"),
    path("users/<uuid:user_id>/", views.OneUser.as_view(), name="user-detail"),
    path("users/<uuid:user_id>/deactivate/", views.UserDeactivation.as_view(), name="user-deactivate"),
    path("users/<uuid:user_id>/reactivate/", views.UserReactivation.as_view(), name="user-reactivate"),
    path("users/<uuid:user_id>/unlock/", views.UserUnlocking.as_view(), name="user-unlock"),
    path("users/<uuid:user_id>/sign-out/", views.UserSignOut.as_view(), name="user-sign-out"),
    path(
        "users/<uuid:user_id>/send-password-reset/", views.UserPasswordReset.as_view(), name="user-send-password-reset"
    ),
    path("service-accounts/", service_accounts.ServiceAccounts.as_view(), name="service-account-list"),
    path(
        "service-accounts/<uuid:account_id>/",
        service_accounts.OneServiceAccount.as_view(),
        name="service-account-detail",
    ),
    path(
        "service-accounts/<uuid:account_id>/deactivate/",
        service_accounts.ServiceAccountDeactivation.as_view(),
        name="service-account-deactivate",
    ),
    path(
        "service-accounts/<uuid:account_id>/reactivate/",
        service_accounts.ServiceAccountReactivation.as_view(),
        name="service-account-reactivate",
    ),
]
