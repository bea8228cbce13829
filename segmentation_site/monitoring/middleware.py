"""Answers /healthz, /readyz and /metrics before anything else looks at the request.

A probe comes by an address rather than by the site's name, without TLS and without a session; the
checks of the host, the redirect to TLS and the session would each be in its way.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from segmentation_site.monitoring.health import healthz, readyz
from segmentation_site.monitoring.metrics import metrics

ADDRESSES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class MonitoringMiddleware:
    """The first middleware: all addresses but the three go on to the others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = ADDRESSES.get(request.path_info)
        if view is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response
