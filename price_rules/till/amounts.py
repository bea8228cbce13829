"""Amounts as whole numbers of 1/10,000 (units), rounded to the decimals of prices."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.conf import settings

from core.database.fields import UNITS_PER_ONE, from_units, to_units


def step() -> int:
    """Return the smallest price, in units: all rounded amounts are multiples of this."""
    return int(10 ** (4 - settings.PRICE_DECIMALS))


def round_half_up(numerator: int, denominator: int = 1) -> int:
    """Return a non-negative quotient in units, rounded to the smallest price, half up."""
    smallest = step()
    one = smallest * denominator
    return (2 * numerator + one) // (2 * one) * smallest


def rounded_amount(amount: Decimal) -> int:
    """Return `amount` in units, rounded to the decimals of prices, half away from zero."""
    return to_units(amount.quantize(Decimal(1).scaleb(-settings.PRICE_DECIMALS), ROUND_HALF_UP))


def amount_of(units: int) -> Decimal:
    """Return units as a Decimal with the decimals of prices."""
    return _amount_of(units, settings.PRICE_DECIMALS)


@lru_cache(10_000)
def _amount_of(units: int, decimals: int) -> Decimal:
    return from_units(units).quantize(Decimal(1).scaleb(-decimals))


__all__ = ["UNITS_PER_ONE", "amount_of", "round_half_up", "rounded_amount", "step", "to_units"]
