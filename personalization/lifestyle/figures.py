"""The figures of life-style, from the sales and lines of one customer; pure.

Below 5 orders all figures are missing; a share of an empty whole is missing, and regularity is
missing below 4 gaps (the contract, lists_and_loop.md §7).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from math import fsum, sqrt

from personalization.engagement import share_rounded

FEWEST_ORDERS, FEWEST_GAPS = 5, 4
# Sales of today and of this number of days before count.
DAYS = 365
SATURDAY = 5
EVENING = 18
GIFT_MONTHS = (11, 12)
# The columns of a profile that hold the figures, but those of values.
FIGURES = (
    *("weekend_share", "evening_share", "new_product_share", "gift_season_share"),
    "regularity",
)


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale: its day and hour (0 to 23) by the clocks of the customer's website."""

    day: date
    hour: int


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line of a sale: its amount in the base currency, the product's key.

    `is_new`: the customer had not bought the SKU in an earlier sale.
    """

    product: int
    amount: Decimal
    is_new: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, both counts or amounts."""

    part: Decimal | int
    whole: Decimal | int

    @property
    def value(self) -> Decimal | None:
        """The share with 4 decimals; None of a whole that is not above 0."""
        return share_rounded(Decimal(self.part) / self.whole) if self.whole > 0 else None


@dataclass(frozen=True, slots=True)
class Regularity:
    """1 / (1 + sd / mean) of the days between consecutive purchase days; 1 is always the same."""

    gaps: int
    mean: float | None
    deviation: float | None

    @property
    def value(self) -> Decimal | None:
        """The regularity, 0 to 1 with 4 decimals; None below 4 gaps."""
        if self.mean is None or self.deviation is None:
            return None
        return share_rounded(1 / (1 + self.deviation / self.mean))


@dataclass(frozen=True)
class Lifestyle:
    """The figures of one customer; `values` by the code of the products' attribute."""

    orders: int
    weekend_share: Share
    evening_share: Share
    new_product_share: Share
    gift_season_share: Share
    regularity: Regularity
    values: Mapping[str, Share] = field(default_factory=dict)
    # The day of the oldest sale that counts; None without any.
    first_day: date | None = None

    @property
    def is_known(self) -> bool:
        """Whether there are enough orders."""
        return self.orders >= FEWEST_ORDERS

    def value(self, name: str) -> Decimal | None:
        """Return a figure of `FIGURES`; None where it is missing."""
        figure: Share | Regularity = getattr(self, name)
        return figure.value if self.is_known else None

    def shares_of_values(self) -> dict[str, Decimal]:
        """Return the share of spend of each value that is not missing."""
        if not self.is_known:
            return {}
        found = {code: share.value for code, share in self.values.items()}
        return {code: value for code, value in found.items() if value is not None}


@dataclass(frozen=True)
class YearOfPurchases:
    """The purchases of a customer within the days that count.

    `is_true` has, by the code of each value, the keys of the products whose attribute is true.
    """

    sales: Sequence[Sale]
    lines: Sequence[BoughtLine]
    is_true: Mapping[str, frozenset[int]]


def lifestyle_of(year: YearOfPurchases) -> Lifestyle:
    """Return the figures of a year of purchases."""
    sales, lines = year.sales, year.lines
    number = len(sales)
    spent = sum((line.amount for line in lines), Decimal(0))
    days = sorted({one.day for one in sales})
    return Lifestyle(
        orders=number,
        weekend_share=Share(sum(one.day.weekday() >= SATURDAY for one in sales), number),
        evening_share=Share(sum(one.hour >= EVENING for one in sales), number),
        new_product_share=Share(sum(line.is_new for line in lines), len(lines)),
        gift_season_share=Share(sum(one.day.month in GIFT_MONTHS for one in sales), number),
        regularity=_regularity(days),
        values={
            code: Share(
                sum((line.amount for line in lines if line.product in products), Decimal(0)), spent
            )
            for code, products in year.is_true.items()
        },
        first_day=days[0] if days else None,
    )


def is_in_year(at: datetime, day: date, as_of: datetime, today: date) -> bool:
    """Return whether a sale at an instant, on its local day, counts as of `as_of`, on `today`."""
    return at <= as_of and (today - day).days <= DAYS


def _regularity(days: Sequence[date]) -> Regularity:
    gaps = [(later - day).days for day, later in pairwise(days)]
    if len(gaps) < FEWEST_GAPS:
        return Regularity(len(gaps), None, None)
    mean = fsum(gaps) / len(gaps)
    deviation = sqrt(fsum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1))
    return Regularity(len(gaps), mean, deviation)
