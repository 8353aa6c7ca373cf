"""Paths that stand outside of /api/v1/, where a standard puts them."""

from django.urls import path

from rbac.api import authzen

urlpatterns = [path("access/v1/evaluation", authzen.Evaluation.as_view(), name="authzen-evaluation")]
