"""What a business rule is, and what it knows of the reply that is being made."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from personalization.recommend.catalogue import Described

MOST_PER_CATEGORY = 3


@dataclass(frozen=True)
class Wishes:
    """What rules of the shop say together. `brands` and `categories`, those below them too, are
    None where there is no restriction; brands are folded. `again_share` (0..1) is the share of what
    is bought again in a personal list, None: as the context says.
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
    """What is known while a list is filled.

    `in_context`: the product that is looked at, and the cart. `bought`: what the customer bought so
    lately that a personal list has it no more. `earlier`: what earlier lists of the reply have.
    `per_category`: how many of each first category the list has by now. `brand_shares`: the
    customer's shares of brands, empty where no rule wants them heard.
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
