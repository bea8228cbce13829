"""Arguments that commands of several apps take."""

from argparse import ArgumentTypeError
from collections.abc import Callable
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


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `most`, in plain digits."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:20]) <= most:
            message = _("“%(text)s” is not a whole number from %(least)d to %(most)d")
            raise ArgumentTypeError(message % {"text": text, "least": least, "most": most})
        return int(text)

    return read
