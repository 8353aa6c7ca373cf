"""GET /healthz, /readyz and /metrics."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers

from identity_server.health import admission, metrics, readiness


def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the process serves; asks nothing of anybody, so that an outage elsewhere does not restart us."""
    return _fresh(JsonResponse({"status": "alive"}))


def readyz(_request: HttpRequest) -> HttpResponse:
    """200 while this node can do its work, if need be without cache and broker; else 503."""
    found = readiness.look()
    response = JsonResponse(found.body(), status=200 if found.serves else 503)
    if not found.serves:
        response["Retry-After"] = "5"
    return _fresh(response)


def scrape(request: HttpRequest) -> HttpResponse:
    if not admission.may_scrape(request):
        return HttpResponse("Not for you. See METRICS_ALLOWED and METRICS_TOKEN.\n", "text/plain", status=403)
    return _fresh(HttpResponse(metrics.page(), metrics.CONTENT_TYPE))


def _fresh(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
