"""Answers the questions to this node before anything looks at the Host, the scheme or the session of the request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from identity_server.health import views

Next = Callable[[HttpRequest], HttpResponse]
PROBES = {"/healthz": views.healthz, "/readyz": views.readyz, "/metrics": views.scrape}


class Probes:
    """A prober names this node by its address, which is not in ALLOWED_HOSTS, and speaks plain http to it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        if view is None:
            return self.get_response(request)
        return view(request) if request.method in {"GET", "HEAD"} else HttpResponseNotAllowed(["GET", "HEAD"])
