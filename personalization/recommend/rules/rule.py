"""The interface of a business rule, and the state of a reply that rules read."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from personalization.recommend.catalogue import Described

MOST_PER_CATEGORY = 3


@dataclass(frozen=True)
class Wishes:
    """The combined settings of the shop's rules. `brands` and `categories`, including those below,
    are None where there is no restriction; brands are folded. `again_share` (0..1) is the share of
    repeated purchases in a personal list, None: as the context says.
    """

    exclude: frozenset[str] = frozenset()
    bought_recently_days: int = 0
    brands: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    min_margin: Decimal | None = None
    max_per_category: int = MOST_PER_CATEGORY
    again_share: float | None = None
    prefer_high_margin: bool = False
    respect_brand_preferences: bool = False


@dataclass
class Situation:
    """The state of a list while it is filled.

    `in_context`: the viewed product, and the cart. `bought`: the products that the customer bought
    so lately that a personal list leaves them out. `earlier`: the products of earlier lists of the
    reply. `per_category`: the number of products of each first category in the list so far.
    `brand_shares`: the customer's shares of brands, empty where no rule uses them.
    """

    wishes: Wishes = Wishes()
    in_context: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    earlier: set[str] = field(default_factory=set)
    is_personal: bool = False
    per_category: Counter[str] = field(default_factory=Counter)
    brand_shares: Mapping[str, float] = field(default_factory=dict)


# Says whether a SKU, and its product (None: there is none), is left out.
Drops = Callable[[str, Described | None, Situation], bool]


@dataclass(frozen=True)
class Rule:
    """A business rule under its public code."""

    code: str
    drops: Drops
