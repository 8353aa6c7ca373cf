"""Below `/`: where the links in mails lead."""

from django.urls import path

from accounts.pages import views

urlpatterns = [
    path("account/verify-email", views.VerifyEmail.as_view(), name="verify-email-page"),
    path("account/reset-password", views.ResetPassword.as_view(), name="reset-password-page"),
    path("account/invitation", views.Invitation.as_view(), name="invitation-page"),
]
