"""Checks of the recipient count, version and mail that a user saw before pressing a button."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Protocol

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


def digest_of(shown: Sequence[Any]) -> str:
    """Return a digest of what a page shows, which its form sends back; "" if that is nothing."""
    return sha256(repr(list(shown)).encode()).hexdigest() if shown else ""
