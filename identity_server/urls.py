"""The whole surface, by app. `/healthz`, `/readyz` and `/metrics` are answered before: see `health.middleware`."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from identity_server import openapi

api: list[URLPattern | URLResolver] = [
    # First what is asked most: Django compares one pattern after the other.
    path("", include("tokens.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("rbac.api.urls")),
    path("", include("rbac.api.request_urls")),
    path("", include("events.api.urls")),
    path("schema/", openapi.Document.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api)),
    path("", include("tokens.api.root_urls")),
    path("", include("rbac.api.root_urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.pages.urls")),
    path("", include("rbac.pages.urls")),
    path("", include("console.pages.urls")),
]
handler400 = "common.http.problems.bad_request"
handler403 = "common.http.problems.permission_denied"
handler404 = "common.http.problems.page_not_found"
handler500 = "common.http.problems.server_error"
