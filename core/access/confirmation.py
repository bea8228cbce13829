"""Deeds that make keys: who does them in a session may have to prove again who they are.

Apps register from `AppConfig.ready()` when that is so and which page asks; without any nobody is
asked. Programs with a token are not.
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
    """When a request needs one, and the address of the page that asks and then leads `back`."""

    name: str
    is_needed: Callable[[HttpRequest], bool]
    page: Callable[[str], str]


CONFIRMATIONS: Registry[Confirmation] = Registry("confirmation")


def ask_first(request: HttpRequest, back: str = "") -> HttpResponse | None:
    """Return the way to the page that asks who it is; None where nobody needs to be asked.

    The page leads to `back`, else to the page of `request`.
    """
    for one in CONFIRMATIONS:
        if one.is_needed(request):
            return HttpResponseRedirect(one.page(back or request.get_full_path()))
    return None


def refuse_unconfirmed(request: Any) -> None:
    """Raise PermissionDenied for a call in a session that needs a confirmation, not by a token."""
    if request.auth is None and any(one.is_needed(request) for one in CONFIRMATIONS):
        raise PermissionDenied(
            _("Confirm who you are first: open the page of your second factors, then try again.")
        )
