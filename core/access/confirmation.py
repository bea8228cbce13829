"""Confirmation by a fresh log-in before sensitive actions in a session, such as making a token.

Apps register from `AppConfig.ready()` when a request needs a confirmation, and the page that asks
for it; without a registration no confirmation is needed. Requests with a token need none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from core.registries import Registry


@dataclass(frozen=True)
class Confirmation:
    """When a request needs a confirmation, and the URL of the page that asks and leads `back`."""

    name: str
    is_needed: Callable[[HttpRequest], bool]
    page: Callable[[str], str]


CONFIRMATIONS: Registry[Confirmation] = Registry("confirmation")


def ask_first(request: HttpRequest, back: str = "") -> HttpResponse | None:
    """Return a redirect to the page that asks for confirmation; None where none is needed.

    The page redirects to `back` afterwards, by default to the page of `request`.
    """
    for one in CONFIRMATIONS:
        if one.is_needed(request):
            return HttpResponseRedirect(one.page(back or request.get_full_path()))
    return None


def refuse_unconfirmed(request: Any) -> None:
    """Raise PermissionDenied for an API request in a session that needs a confirmation."""
    if request.auth is None and any(one.is_needed(request) for one in CONFIRMATIONS):
        raise PermissionDenied(
            _("Confirm who you are first: open the page of your second factors, then try again.")
        )
