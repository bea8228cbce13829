"""Generated customers."""

from dataclasses import dataclass

from customers.generate.structure import Market, Place


@dataclass(frozen=True)
class Shopper:
    """A generated customer, as the writers of orders, carts and views need it."""

    id: str
    market: Market
    store: str
    place: Place
    group: str
    registered: int
    # The last moment at which the customer was interested in the shop.
    leaves: int
    orders: int
