"""How figures of profiles are rounded: half away from zero."""

from decimal import ROUND_HALF_UP, Decimal

from core.database.fields import rounded

WHOLE, TENTH, HUNDREDTH = Decimal(1), Decimal("0.1"), Decimal("0.01")


def share_rounded(value: Decimal | float) -> Decimal:
    """Return a share with 4 decimals; a float counts as it is, digit by digit."""
    return rounded(Decimal(value))


def rounded_to(value: Decimal | float, places: Decimal) -> Decimal:
    """Return a number with as many decimals as `places` has, such as 0.1."""
    return Decimal(value).quantize(places, ROUND_HALF_UP)
