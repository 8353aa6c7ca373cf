from django.urls import path

from tokens.api import api_keys, credentials, doors, introspection, revocations, session_roles, sessions, signing_keys

urlpatterns = [
    path("token/", doors.Tokens.as_view()),
    path("token/refresh/", doors.TokenRefresh.as_view()),
    path("token/verify/", doors.TokenVerify.as_view()),
    path("token/revoke/", doors.TokenRevoke.as_view()),
    path("token/introspect/", introspection.Introspection.as_view()),
    path("revocations/", revocations.Revocations.as_view()),
    path("me/sessions/", sessions.OwnSessions.as_view()),
    path("me/sessions/current/roles/", session_roles.OwnSessionRoles.as_view()),
    path("me/sessions/<uuid:session_id>/", sessions.OwnSession.as_view()),
    path("me/api-keys/", api_keys.OwnApiKeys.as_view()),
    path("me/api-keys/<uuid:key_id>/", api_keys.OwnApiKey.as_view()),
    path("service-accounts/<uuid:account_id>/credentials/", credentials.Credentials.as_view()),
    path("service-accounts/<uuid:account_id>/credentials/<uuid:credential_id>/", credentials.OneCredential.as_view()),
    path("sessions/", sessions.Sessions.as_view()),
    path("sessions/end/", sessions.SessionsEnd.as_view()),
    path("sessions/<uuid:session_id>/", sessions.OneSession.as_view()),
    path("signing-keys/", signing_keys.SigningKeys.as_view()),
    path("signing-keys/rotate/", signing_keys.SigningKeyRotation.as_view()),
]
