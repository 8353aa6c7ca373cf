from django.urls import path

from tokens.api import doors, sessions, signing_keys

urlpatterns = [
    path("token/", doors.Tokens.as_view()),
    path("token/refresh/", doors.TokenRefresh.as_view()),
    path("token/verify/", doors.TokenVerify.as_view()),
    path("token/revoke/", doors.TokenRevoke.as_view()),
    path("me/sessions/", sessions.OwnSessions.as_view()),
    path("me/sessions/<uuid:session_id>/", sessions.OwnSession.as_view()),
    path("sessions/", sessions.Sessions.as_view()),
    path("sessions/<uuid:session_id>/", sessions.OneSession.as_view()),
    path("signing-keys/", signing_keys.SigningKeys.as_view()),
    path("signing-keys/rotate/", signing_keys.SigningKeyRotation.as_view()),
]
