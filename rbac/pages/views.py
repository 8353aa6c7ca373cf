"""A page that holds no data and changes nothing: a script of ours takes the token from the address bar and hands it to the API."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views.generic import TemplateView


class ExtendRole(TemplateView):
    http_method_names = ["get", "head"]
    template_name = "rbac/pages/extend.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(answer)
        # The address bar holds the token until the script has taken it out.
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(product=settings.PRODUCT_NAME, **kwargs)
