from typing import cast

from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt import views


@api_view(["GET"])
@permission_classes([IsAuthenticated])
def me(request: Request) -> Response:
    return Response({"id": request.user.pk, "username": request.user.get_username()})


@api_view(["POST"])
@permission_classes([IsAuthenticated])
def evaluation(request: Request) -> Response:
    """May that person do this?"""
    asked = cast("dict[str, str]", request.data)
    subject = get_object_or_404(User, pk=asked["user"])
    return Response({"decision": subject.has_perm(asked["permission"])})


urlpatterns = [
    path("me/", me),
    path("evaluation/", evaluation),
    path("token/", views.TokenObtainPairView.as_view()),
    path("token/refresh/", views.TokenRefreshView.as_view()),
    path("token/verify/", views.TokenVerifyView.as_view()),
    path("token/blacklist/", views.TokenBlacklistView.as_view()),
]
