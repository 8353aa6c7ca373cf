"""The OpenAPI document over HTTP: written once for each process and form, since it changes with the code alone."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

_written: dict[str, bytes] = {}


class Document(SpectacularAPIView):
    """As YAML or JSON, by the Accept header. Writing it takes half a second, and anybody may ask."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        del args, kwargs
        renderer: Any = request.accepted_renderer
        form = renderer.media_type
        if form not in _written:
            generator: Any = self.generator_class(urlconf=self.urlconf)
            document = generator.get_schema(request=request, public=True)
            _written[form] = renderer.render(document, form, {})
        return HttpResponse(_written[form], content_type=f"{form}; charset=utf-8")
