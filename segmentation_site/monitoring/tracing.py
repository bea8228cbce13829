"""The span of a request, from the middleware to the last byte of its response."""

import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.tracing.spans import Span, is_tracing, server_span
from segmentation_site.monitoring import request_durations

# Others are a client's own words.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
SERVER_ERROR = 500


class TracingMiddleware:
    """Makes a server span of each request; probes and static files are answered before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_tracing() and not request_durations.is_measuring():
            return self.get_response(request)
        method = request.method if request.method in METHODS else "_OTHER"
        started = time.monotonic()
        given = request.headers.get("traceparent", "").strip()
        trusted = given if settings.TRUST_TRACEPARENT else ""
        making = server_span(method, parent=trusted, link=given, **{"http.request.method": method})
        span = making.__enter__()
        try:
            response = self.get_response(request)
        except BaseException as error:
            making.__exit__(type(error), error, error.__traceback__)
            raise
        route = route_of(request)
        status = response.status_code
        describe(span, method, route, status)

        def end() -> None:
            making.__exit__(None, None, None)
            seconds = time.monotonic() - started
            request_durations.note(method, request.scheme or "", route, status, seconds)

        response._resource_closers.append(end)  # type: ignore[attr-defined]
        return response


def describe(span: Span, method: str, route: str, status: int) -> None:
    """Name a request's span by its route, and note how it was answered."""
    span.set(**{"http.response.status_code": status})
    if route:
        span.rename(f"{method} {route}")
        span.set(**{"http.route": route})
    if status >= SERVER_ERROR:
        span.fail(str(status))


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the address matched, such as `/api/v1/customers/{number}/segments/`.

    Return "" for no match. The values of the pattern's names are in no span.
    """
    match = request.resolver_match
    if match is None or match.route is None:
        return ""
    route = CONVERTER.sub(r"{\1}", GROUP.sub(r"{\1}", match.route))
    return "/" + route.replace("^", "").replace("$", "").replace("\\", "")
