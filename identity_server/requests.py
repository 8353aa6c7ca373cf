"""One log line for each request, with its id, its person and its answer, and nothing of what a link or a query may hold."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path without the query; the parts of a path that are somebody's secret are masked by their name."""
        path = request.path
        kwargs = request.resolver_match.kwargs if request.resolver_match else {}
        for name in ("token", "key", "uidb64"):
            path = path.replace(str(kwargs[name]), "[masked]") if kwargs.get(name) else path
        return f"{request.method} {path}"
