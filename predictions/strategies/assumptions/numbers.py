"""Exact numbers of a plan within a range; other values are refused."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from core.database.fields import from_units, quotient
from core.text.formats import number_shown

UNITS = 10_000
# Money has 4 decimals everywhere, so that a cost is shown exactly.
MONEY_DECIMALS, SHARE_DECIMALS = 4, 20
NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,20})?")
# The limit of thresholds in conditions, too.
MOST_MONEY = Decimal(10) ** 14 - 1


class BadNumber(ValueError):
    """A value is no number, or not in its range; `code` is public, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def no_number() -> BadNumber:
    """Return the error for a value that is no number."""
    return BadNumber("invalid", _("A number is needed, such as 0.25."))


@dataclass(frozen=True)
class Range:
    """Numbers from 0 to `most`, with at most `decimals` decimals."""

    most: Decimal
    decimals: int

    def read(self, value: Any) -> Decimal:
        """Return a JSON number or a numeric text exactly. Raises `BadNumber` for other values."""
        if isinstance(value, str) and NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise no_number()
        return self.checked(Decimal(value))

    def checked(self, number: Decimal) -> Decimal:
        """Return `number` if it is in range. Raises `BadNumber` otherwise."""
        if not number.is_finite() or not 0 <= number <= self.most:
            text = _("The number must lie between 0 and %(most)s.")
            raise BadNumber("out_of_range", text % {"most": number_shown(self.most)})
        if not number:
            return Decimal(0)
        # `Decimal.normalize` would round to the precision of its context, and tiny numbers to 0.
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        if -exponent <= self.decimals:
            return number
        bare = "".join(map(str, digits)).rstrip("0")
        exponent += len(digits) - len(bare)
        if -exponent > self.decimals:
            text = _("The number may have at most %(most)d decimals.")
            raise BadNumber("too_many_decimals", text % {"most": self.decimals})
        return Decimal((sign, tuple(map(int, bare)), exponent))


MONEY = Range(MOST_MONEY, MONEY_DECIMALS)
SHARE = Range(Decimal(1), SHARE_DECIMALS)
PERCENT = Range(Decimal(100), SHARE_DECIMALS)


def in_units(money: Decimal) -> Fraction:
    """Return an amount in units of 1/10,000."""
    return Fraction(money) * UNITS


def money_of(units: Fraction) -> str:
    """Return an amount in units as text with 4 decimals, rounded half away from zero."""
    return f"{from_units(quotient(units.numerator, units.denominator)):.4f}"


def number_of(value: Fraction) -> str:
    """Return a number as text with 4 decimals, rounded half away from zero."""
    return money_of(value * UNITS)


def shown_exactly(number: Decimal | None) -> str | None:
    """Return a given number as text with at least 4 decimals, and more if it has more."""
    if number is None:
        return None
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{number:.{max(MONEY_DECIMALS, -exponent)}f}"
