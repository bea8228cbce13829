"""Words for a place among others and for an average: the fields of a language's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The attributes of figures, and the figure of rows to use for orders of some days.
FIGURES: Mapping[str, tuple[str, str]] = {
    "sales": ("lifetime.sales", "sum"),
    "orders": ("lifetime.number_of_orders", "count"),
    "worth": ("lifetime.average_order_value", "avg"),
    # The newest customers; of no days.
    "joined": ("customer.registered_at", ""),
}
# The keys of `per`: customers are only compared with others of their own part.
PARTS: Mapping[str, str] = {
    "website": "customer.website",
    "store": "customer.store",
    "group": "customer.group",
}
COMPARE = "compare"
# The groups of words for a multiple of an average, and those for a share of all customers.
FACTORS: Mapping[str, str] = {
    "half": "0.5",
    "one_and_a_half": "1.5",
    "twice": "2",
    "triple": "3",
    "fourfold": "4",
    "fivefold": "5",
    "tenfold": "10",
}
SHARES: Mapping[str, str] = {"half_share": "50", "quarter_share": "25", "tenth_share": "10"}


@dataclass(frozen=True, eq=False)
class RankWords:
    """The words of one language.

    `patterns` by the operator that they stand for, with slots: `{n}` is the number, `{percent}`
    marks it as per cent, `{who}` are the customers, `{figure}` or `{by}` is the figure, `{lately}`
    the last days. The name of the figure is a group of `FIGURES`; without one, the figure is what
    customers have spent. `COMPARE` compares with an average or a median: its groups are `above`,
    `below`, `at_least` and `at_most`, `median`, and `n` or a group of `FACTORS` for the factor.
    Without a number, a group of `SHARES` is the share. `slots` are the words of the slots; `by` are
    the words before a figure. `{named}` stands before a figure that the vocabulary names: its
    group `number` counts rows, as `many` and `few` do; `largest` and `smallest` are of an amount.
    `{deed}` is what customers did with rows, whose number is compared.

    `by_figure` is the figure where it stands after what a rank is in: "top 20 of the segment VIP by
    orders"; the groups `most` and `least` give the place. `per_part` has groups of `PARTS`.
    """

    slots: Mapping[str, str]
    patterns: Sequence[tuple[str, str]]
    by_figure: Sequence[str]
    per_part: str
