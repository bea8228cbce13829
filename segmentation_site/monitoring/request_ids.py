"""Gives each request an id, from the first middleware to the last byte of its response."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.access.origin import is_from_trusted_proxy
from core.tracing.request_id import HEADER, begin_request, end_request


class RequestIdMiddleware:
    """Answers with `X-Request-Id`; log lines and problem documents have it meanwhile."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER) if is_from_trusted_proxy(request) else None
        request_id = begin_request(given)
        response = self.get_response(request)
        response[HEADER] = request_id
        # A response that is streamed is still being made: its lines carry the id until its end.
        response._resource_closers.append(end_request)  # type: ignore[attr-defined]
        return response
