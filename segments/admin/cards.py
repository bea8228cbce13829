"""Cards of other apps on the overview, below those of this app."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.database.time_limit import TookTooLong, time_limit
from core.registries import Registry
from segments.reports.overview import SECONDS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Card:
    """A panel of the overview, for users who may view segments and have `permissions`.

    `template` renders the part below the title, and `figures` returns its context. The database has
    2 s for both; a card that raises an error shows a message instead, so that the page still
    appears. Other work has no time limit. A card must not name customers, because looks at the
    overview are not recorded.
    """

    name: str
    title: str | Promise
    template: str
    figures: Callable[[HttpRequest], dict[str, Any]]
    permissions: Sequence[str] = ()


CARDS: Registry[Card] = Registry("card")


def shown_cards(request: HttpRequest) -> list[tuple[Card, str]]:
    """Return the cards that the user may see, with their HTML or the reason that there is none."""
    return [
        (card, _render_card(card, request))
        for card in CARDS
        if request.user.has_perms(card.permissions)
    ]


def _render_card(card: Card, request: HttpRequest) -> str:
    try:
        # A database error only rolls back the savepoint, so the page's other queries still run.
        with transaction.atomic(), time_limit(time.monotonic() + SECONDS):
            return render_to_string(card.template, card.figures(request), request)
    except TookTooLong:
        return format_html("<p>{}</p>", _("Counting took too long and was stopped."))
    except Exception:
        logger.exception("The card %s cannot be shown", card.name)
        return format_html(
            "<p>{}</p>", _("This cannot be shown now: the log of the server says why.")
        )
