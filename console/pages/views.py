from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.views.generic import RedirectView, TemplateView


class Front(TemplateView):
    template_name = "console/front.html"
    http_method_names = ("get", "head", "options")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, product=settings.PRODUCT_NAME)


class Icon(RedirectView):
    """Browsers ask for it here, whatever a page says."""

    http_method_names = ("get", "head")

    def get_redirect_url(self, *_: Any, **__: Any) -> str:
        return static("console/icon.svg")
