"""Lines of invoices that are about products, and not about carriage, fees or gifts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from django.conf import settings

from core.database.fields import UNITS_PER_ONE, quotient
from predictions.history.batches import Line

UNITS_OF_A_PENNY = UNITS_PER_ONE // 100


def pennies(units: int) -> int:
    """Return an amount with 2 decimals, in hundredths."""
    return quotient(units, UNITS_OF_A_PENNY)


class Purchases:
    """The lines of one customer that count."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = [line for line in lines if is_product(line)]

    @cached_property
    def months(self) -> Sequence[int]:
        """The amounts spent in each calendar month with a line, in hundredths, by month."""
        found = defaultdict[tuple[int, int], int](int)
        for line in self.lines:
            day = date.fromordinal(line.day)
            found[day.year, day.month] += pennies(line.units)
        return [found[month] for month in sorted(found)]


def is_product(line: Line) -> bool:
    """Return whether a line is about a product.

    Lines of PREDICTIONS_EXCLUDED_TYPES and PREDICTIONS_EXCLUDED_NAMES are not; with
    PREDICTIONS_EXCLUDE_FREE, neither are lines without a price (of a refund: without an amount).
    """
    if line.product_type in settings.PREDICTIONS_EXCLUDED_TYPES:
        return False
    if line.name.strip() in settings.PREDICTIONS_EXCLUDED_NAMES:
        return False
    price = line.units if line.is_refund or line.price is None else line.price
    return bool(price) or not settings.PREDICTIONS_EXCLUDE_FREE
