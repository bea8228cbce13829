"""Nothing that is answered is kept by a browser or a proxy, unless its view says otherwise."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class NoStoreMiddleware:
    """Adds `Cache-Control: no-store` to what has no word of its own on that.

    To all of it, not only to what is known to hold personal data: an answer that somebody adds
    later may. Static files are answered before they get here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
