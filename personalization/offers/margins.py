"""The margin that an offer leaves to the shop on a cart.

The cost of a product is its attribute `settings.COST_ATTRIBUTE`; an unknown cost counts as 0.
"""

from decimal import Decimal

from conditions.evaluator.given_cart import GivenCart
from customers.models import CartItem
from personalization.models import Offer, OfferKind
from personalization.recommend.catalogue import describe_products

ZERO = Decimal(0)


class Margins:
    """The margins of a cart: its total price, and the total cost of its products."""

    def __init__(self, cart: GivenCart) -> None:
        lines = [one for one in cart.items if one.parent is None]
        products = describe_products(sorted({one.sku for one in lines}))
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
        """Return whether the offer leaves enough margin; True for a cart without a price."""
        if offer.min_margin is None or self.total <= 0:
            return True
        left = self.total - self._discount_amount(offer)
        return left > 0 and left - self.cost >= offer.min_margin * left

    def _discount_amount(self, offer: Offer) -> Decimal:
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
