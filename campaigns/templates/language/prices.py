"""Prices in mail: numbers to filters and conditions, with their currency where they are written."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings

from core.text.formats import money_shown


class Price(Decimal):
    """An amount in the base currency, with the decimals of prices."""

    @property
    def written(self) -> str:
        """The price as people read it: `€20.95`."""
        return money_shown(self, settings.PRICE_DECIMALS)


def price_of(amount: Decimal | str) -> Price:
    """Return an amount as a price, rounded half away from zero as prices are."""
    exact = Decimal(amount)
    return Price(exact.quantize(Decimal(1).scaleb(-settings.PRICE_DECIMALS), ROUND_HALF_UP))
