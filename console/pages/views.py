from typing import Any

from django.conf import settings
from django.views.generic import TemplateView


class Front(TemplateView):
    template_name = "console/front.html"
    http_method_names = ("get", "head", "options")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, product=settings.PRODUCT_NAME)
