from django.urls import path

from tokens.api import key_set

urlpatterns = [path(".well-known/jwks.json", key_set.KeySet.as_view())]
