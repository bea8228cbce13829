"""The default caching of responses: none, unless the view sets a header of its own."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class NoStoreMiddleware:
    """Adds `Cache-Control: no-store` to responses without a header of their own.

    All responses get the header, not only those with personal data: a response that is added later
    may have personal data. Static files do not pass this middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
