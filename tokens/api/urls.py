from django.urls import path

from tokens.api import views

urlpatterns = [
    path("token/", views.Tokens.as_view()),
    path("token/refresh/", views.TokenRefresh.as_view()),
    path("token/verify/", views.TokenVerify.as_view()),
    path("token/revoke/", views.TokenRevoke.as_view()),
    path("me/sessions/", views.OwnSessions.as_view()),
    path("me/sessions/<uuid:session_id>/", views.OwnSession.as_view()),
    path("sessions/", views.Sessions.as_view()),
    path("sessions/<uuid:session_id>/", views.OneSession.as_view()),
]
