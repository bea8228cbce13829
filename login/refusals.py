"""Log-ins that end without anybody in: the reasons, and the pages, which name none."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from login.audit import note_refusal


class LoginRefused(Exception):
    """A log-in that is refused; the text is the reason, for the log only."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.name = name


class ProviderAway(Exception):
    """The identity provider gives no answer in time, or a useless one; the text says why."""


def refused_page(request: HttpRequest, means: str, refusal: LoginRefused) -> HttpResponse:
    """Return the page for a refused log-in, the same for every reason; note the reason."""
    note_refusal(request, means, str(refusal), refusal.name)
    return page_of_refusal(request)


def page_of_refusal(request: HttpRequest) -> HttpResponse:
    """Return the page for a refused log-in whose reason is noted already."""
    return _page(request, "login/refused.html", HTTPStatus.FORBIDDEN)


def away_page(request: HttpRequest) -> HttpResponse:
    """Return the page for a provider that does not answer."""
    return _page(request, "login/provider_away.html", HTTPStatus.SERVICE_UNAVAILABLE)


def _page(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse:
    response = render(request, template, status=status)
    # `note_refusal` has written the line; Django's would be a second one.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
