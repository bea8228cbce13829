"""The default caching of responses, and the response after too many failed log-ins."""

from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.access.attempts import seconds_locked


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


def refused_login(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Return a page instead of `response`; the API keeps `response`, with the time to wait."""
    wait = seconds_locked(request, credentials or {})
    if not request.path.startswith("/api/"):
        context = admin.site.each_context(request) | {
            "title": _("Too many failed log-ins"),
            "minutes": ceil(wait / 60),
        }
        page = TemplateResponse(
            request, "admin/refused_login.html", context, status=HTTPStatus.TOO_MANY_REQUESTS
        )
        response = page.render()
    response.headers["Retry-After"] = str(wait)
    # `Attempts` has written a line that says more than Django's would.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
