"""Paths that stand outside of /api/v1/, where a standard puts them or every client looks for them."""

from django.urls import path

from tokens.api import key_set, oauth

urlpatterns = [
    path(".well-known/jwks.json", key_set.KeySet.as_view()),
    path("oauth2/token", oauth.Token.as_view(), name="oauth-token"),
]
