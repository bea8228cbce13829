"""Arguments that commands of several apps take."""

from argparse import ArgumentTypeError
from datetime import datetime

from django.utils.translation import gettext as _

from customers.clock import checked_clock


def clock(text: str) -> datetime:
    """Return the instant that `text` (ISO 8601 with an offset) is."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("“%(text)s” is not a time such as 2026-04-10T12:00:00Z") % {"text": text}
        ) from error
    if parsed.tzinfo is None:
        raise ArgumentTypeError(
            _("“%(text)s” needs an offset, such as 2026-04-10T12:00:00Z") % {"text": text}
        )
    try:
        return checked_clock(parsed)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is too far away") % {"text": text}) from error
