"""Prometheus' middleware, which finds each counter by its labels once in a process and not with every request."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django_prometheus.middleware import PrometheusAfterMiddleware


class CountedRequests(PrometheusAfterMiddleware):  # type: ignore[misc]  # no types
    # As many as Prometheus keeps itself.
    found: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponseBase | None = None, **labels: str
    ) -> Any:
        key = (metric, *labels.items())
        if key not in self.found:
            self.found[key] = super().label_metric(metric, request, response, **labels)
        return self.found[key]
