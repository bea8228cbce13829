"""What whoever presses a button has seen: how many, and of which version."""

from typing import Protocol

from django.http import HttpRequest

from campaigns.audience.freezing import NotSent


class Versioned(Protocol):
    """A row with a version."""

    version: int


def expected_of(request: HttpRequest) -> int:
    """Return the number that was sent as `expected`; -1, which nothing has, for what is none."""
    number = request.POST.get("expected", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1


def check_seen(request: HttpRequest, stored: Versioned) -> None:
    """Raise NotSent where the page showed another version than the stored one: somebody else has
    changed it since, or whoever presses twice, or goes back to a page from before, has begun it.
    """
    if request.POST.get("version") != str(stored.version):
        raise NotSent("changed")
