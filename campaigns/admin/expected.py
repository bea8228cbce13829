"""Checks of the recipient count and the version that a user had seen before pressing a button."""

from typing import Protocol

from django.http import HttpRequest

from campaigns.audience.freezing import NotSent


class Versioned(Protocol):
    """A row with a version."""

    version: int


def expected_of(request: HttpRequest) -> int:
    """Return the submitted number `expected`; -1, which no audience has, if it is invalid."""
    number = request.POST.get("expected", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1


def check_seen(request: HttpRequest, stored: Versioned) -> None:
    """Raise NotSent where the page showed another version than the stored one.

    In that case another user has changed the row since, or the same user pressed the button twice
    or used the browser's back button.
    """
    if request.POST.get("version") != str(stored.version):
        raise NotSent("changed")
