"""Format the numbers and months that the API returns as texts."""

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

from core.text.formats import UNKNOWN, cents_shown, number_shown, share_shown
from predictions.figures.periods import MONTH, period_of

CENTS = 2


def amount(text: str | None) -> str:
    """Return money to the cent, without its currency."""
    return number(text, CENTS)


def money(text: str | None) -> str:
    """Return money to the cent, in the base currency."""
    return cents_shown(None if text is None else Decimal(text))


def number(text: str | None, decimals: int) -> str:
    """Return a number with `decimals` decimals."""
    return UNKNOWN if text is None else number_shown(Decimal(text), decimals)


def month_in_words(month: str | None) -> str:
    """Return a month such as `2026-10` in the reader's language: `October 2026`."""
    if month is None:
        return UNKNOWN
    return date_format(date.fromisoformat(f"{month}-01"), "YEAR_MONTH_FORMAT")


def period_in_words(text: str | None) -> str:
    """Return a period such as `2026-10` in the reader's language; a year or quarter as it is."""
    if text is None:
        return UNKNOWN
    return month_in_words(text) if period_of(text).months == MONTH else text


def share(text: str | None) -> str:
    """Return a share in per cent with one decimal, for a column of a table."""
    return UNKNOWN if text is None else share_shown(Decimal(text), in_column=True)
