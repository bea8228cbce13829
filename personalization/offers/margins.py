"""What an offer leaves of a cart's price to the shop.

What a product costs is its attribute `settings.COST_ATTRIBUTE`; unknown costs are none.
"""

from decimal import Decimal

from conditions.evaluator.given_cart import GivenCart
from customers.models import CartItem
from personalization.models import Offer, OfferKind
from personalization.recommend.catalogue import described

ZERO = Decimal(0)


class Margins:
    """A cart as margins are reckoned: what it comes to, and what its products cost."""

    def __init__(self, cart: GivenCart) -> None:
        lines = [one for one in cart.items if one.parent is None]
        products = described(sorted({one.sku for one in lines}))
        self.total = sum((_price(one) for one in lines), ZERO)
        self.cost = sum(
            (
                (found.cost or ZERO) * one.quantity
                for one in lines
                if (found := products.get(one.sku)) is not None
            ),
            ZERO,
        )

    def allow(self, offer: Offer) -> bool:
        """Return whether enough is left; of an empty cart nobody can say, and it is."""
        if offer.min_margin is None or self.total <= 0:
            return True
        left = self.total - self._discount(offer)
        return left > 0 and left - self.cost >= offer.min_margin * left

    def _discount(self, offer: Offer) -> Decimal:
        value: Decimal = offer.value or ZERO
        if offer.kind == OfferKind.PERCENT:
            return self.total * value / 100
        return min(value, self.total) if offer.kind == OfferKind.FIXED else ZERO


def _price(line: CartItem) -> Decimal:
    total: Decimal | None = line.row_total
    if total is not None:
        return total
    each: Decimal = line.price or ZERO
    quantity: Decimal = line.quantity
    return each * quantity
