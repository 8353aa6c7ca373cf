"""Pages that hold no data at all: a script of ours reads the token from the address bar and hands it to the API."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views.generic import TemplateView


class LinkPage(TemplateView):
    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(answer)
        # The address bar holds the token until the script has taken it out.
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        limits = {"shortest": settings.PASSWORD_MIN_LENGTH, "longest": settings.PASSWORD_MAX_LENGTH}
        return super().get_context_data(product=settings.PRODUCT_NAME, **limits, **kwargs)


class VerifyEmail(LinkPage):
    template_name = "accounts/pages/verify_email.html"


class ResetPassword(LinkPage):
    template_name = "accounts/pages/reset_password.html"


class Invitation(LinkPage):
    template_name = "accounts/pages/invitation.html"
