from django.urls import path

from tokens.api import views

urlpatterns = [path(".well-known/jwks.json", views.KeySet.as_view())]
