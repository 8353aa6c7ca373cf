"""Paths that stand outside of /api/v1/, where a standard puts them."""

from django.urls import path

from rbac.api.authzen import evaluation, evaluations, metadata, search

urlpatterns = [
    path("access/v1/evaluation", evaluation.Evaluation.as_view(), name="authzen-evaluation"),
    path("access/v1/evaluations", evaluations.Evaluations.as_view(), name="authzen-evaluations"),
    path("access/v1/search/subject", search.SubjectSearch.as_view(), name="authzen-search-subject"),
    path("access/v1/search/resource", search.ResourceSearch.as_view(), name="authzen-search-resource"),
    path("access/v1/search/action", search.ActionSearch.as_view(), name="authzen-search-action"),
    path(".well-known/authzen-configuration", metadata.Configuration.as_view(), name="authzen-configuration"),
]
