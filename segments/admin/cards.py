"""Cards that other apps put on the overview, below ours."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise

from customers.registries import Registry
from segments.database.time_limit import TookTooLong, time_limit
from segments.reports.overview import SECONDS


@dataclass(frozen=True)
class Card:
    """A panel of the overview, for those who may view segments and have `permissions`.

    `template` is what stands below the title, `figures` its context. Both have 2 s together, so
    that the page always comes. It names no customer: of the overview nobody's look is noted.
    """

    name: str
    title: str | Promise
    template: str
    figures: Callable[[HttpRequest], dict[str, Any]]
    permissions: Sequence[str] = ()


CARDS: Registry[Card] = Registry("card")


def shown_cards(request: HttpRequest) -> list[tuple[Card, str | None]]:
    """Return the cards that the user may see, with their HTML; None for one that took too long."""
    return [
        (card, _rendered(card, request))
        for card in CARDS
        if request.user.has_perms(card.permissions)
    ]


def _rendered(card: Card, request: HttpRequest) -> str | None:
    try:
        with time_limit(time.monotonic() + SECONDS):
            return render_to_string(card.template, card.figures(request), request)
    except TookTooLong:
        return None
