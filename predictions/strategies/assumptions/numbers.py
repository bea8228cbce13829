"""Numbers of a plan, read exactly, within their range; anything else is refused."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from core.database.fields import from_units, quotient
from core.text.formats import number_shown

UNITS = 10_000
# As money is kept everywhere: a cost that is shown is the cost, to the last digit.
MONEY_DECIMALS, SHARE_DECIMALS = 4, 20
NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,20})?")
# Thresholds of conditions are below it too.
MOST_MONEY = Decimal(10) ** 14 - 1


class BadNumber(ValueError):
    """What is not a number that is wanted; `code` is public, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def no_number() -> BadNumber:
    """Return what is wrong with something that is no number at all."""
    return BadNumber("invalid", _("A number is needed, such as 0.25."))


@dataclass(frozen=True)
class Range:
    """Numbers from 0 to `most`, with so many decimals at most."""

    most: Decimal
    decimals: int

    def read(self, value: Any) -> Decimal:
        """Return a number of JSON, or a text that is one, exactly; raises `BadNumber`."""
        if isinstance(value, str) and NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise no_number()
        return self.checked(Decimal(value))

    def checked(self, number: Decimal) -> Decimal:
        """Return `number` if it is in range; raises `BadNumber`."""
        if not number.is_finite() or not 0 <= number <= self.most:
            text = _("The number must lie between 0 and %(most)s.")
            raise BadNumber("out_of_range", text % {"most": number_shown(self.most)})
        if not number:
            return Decimal(0)
        # `Decimal.normalize` would round to the digits of its context, and tiny numbers to 0.
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
    """Return a number that was given as text with 4 decimals, or more where it has more."""
    if number is None:
        return None
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{number:.{max(MONEY_DECIMALS, -exponent)}f}"
