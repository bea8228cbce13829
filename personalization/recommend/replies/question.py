"""The parameters of a request for recommendations."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer
from personalization.lists.mixture import AGAIN, DISCOVER

SIMILAR, COMPLEMENTARY, TRENDING = "similar", "complementary", "trending"
PERSONAL, POPULAR = "personal", "popular"
TYPES = (SIMILAR, COMPLEMENTARY, TRENDING, PERSONAL, AGAIN, DISCOVER, POPULAR)
# Lists that a customer's own purchases make.
PERSONAL_TYPES = (PERSONAL, AGAIN, DISCOVER)
# Where recommendations are shown.
CONTEXTS = ("homepage", "product_detail_page", "category", "cart", "email")


@dataclass(frozen=True)
class Question:
    """A request for recommendations; `customer` None: an anonymous shopper.

    `types`: the length of each list, in the order of the reply; empty: as the contract says.
    `weights` of algorithms sum to 1, and each counts for the list whose candidate the algorithm is;
    a list without any is made by the algorithm in use. `as_of` None: now. In an unknown `category`
    nothing is trending. `is_explained`: reasons that cost more are looked up, too.
    """

    customer: Customer | None = None
    context: str | None = None
    sku: str | None = None
    cart: tuple[str, ...] = ()
    types: tuple[tuple[str, int], ...] = ()
    category: str | None = None
    weights: tuple[tuple[str, float], ...] = ()
    exclude: tuple[str, ...] = ()
    website: str | None = None
    is_explained: bool = False
    as_of: datetime | None = None
