"""What is known of a generated customer."""

from dataclasses import dataclass

from customers.generate.structure import Market, Place


@dataclass(frozen=True)
class Shopper:
    """What the writers of a customer's deeds need to know of the customer."""

    id: str
    market: Market
    store: str
    place: Place
    group: str
    registered: int
    # The last moment at which the customer was interested in the shop.
    leaves: int
    orders: int
