"""The tiers of a loyalty programme, and the cost of its benefit."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from customers.models import Customer
from predictions.analytics.parts.selection import Condition, Tree, all_of
from predictions.history.raw_columns import Units
from predictions.strategies.assumptions.numbers import UNITS, money_of, number_of
from predictions.strategies.assumptions.values import BENEFIT_PERCENT
from predictions.strategies.kinds.purchases import SALES, count_parts, with_sales
from predictions.strategies.question import Question
from predictions.strategies.strategy import BUYERS, ROWS, PartingStrategy, PlanInputs, asks

# The largest part of all buyers in a tier and the tiers above it; the last tier has the rest.
PARTS = {"gold": Fraction(5, 100), "silver": Fraction(25, 100)}
LAST = "bronze"
NOBODY: Tree = {"match": "any", "conditions": []}
TIER_LABELS: dict[str, Words] = {"gold": _("Gold"), "silver": _("Silver"), "bronze": _("Bronze")}
ORDERS, VALUE = "prediction__expected_orders", "prediction__expected_order_value"


class Loyalty(PartingStrategy):
    """Divides buyers into tiers by what they have spent; contacts no customer."""

    code = "loyalty"
    label = _("Loyalty: tiers of a programme")
    about = _(
        "All buyers in three tiers by what they have spent: gold are 5 per cent of them at most, "
        "gold and silver together 25 per cent. Nobody is contacted."
    )
    uses = (BENEFIT_PERCENT,)
    models = ("rfm",)
    conditions = (BUYERS,)

    def models_for(self, question: Question) -> tuple[str, ...]:
        """Return `rfm`, and `clv` for the expected sales if the benefit's cost is computed."""
        return ("rfm", "clv") if BENEFIT_PERCENT in question.assumptions else ("rfm",)

    def parts(self, customers: QuerySet[Customer], inputs: PlanInputs) -> dict[str, Any]:
        """Return `tiers` and `benefit_cost` (None if unknown)."""
        buyers = with_sales(customers, inputs.as_of)
        count = customers.count()
        limits = _limits(_lower_limits(buyers, count))
        wanted = {
            name: _tier_filter(least, above)
            for name, (least, above) in limits.items()
            if name == LAST or least is not None
        }
        found = count_parts(buyers, wanted)
        rule = self.eligible(inputs.question)["conditions"]
        tiers = []
        for name, (least, above) in limits.items():
            number, sales = found.get(name, (0, 0))
            tiers.append(
                {
                    "name": name,
                    "at_least": None if least is None else money_of(Fraction(least)),
                    "customers_count": number,
                    "share": number_of(Fraction(number, count)) if count else None,
                    "sales": money_of(Fraction(sales)),
                    "conditions": all_of([*rule, *_tier_conditions(least, above)])
                    if name in wanted
                    else NOBODY,
                }
            )
        return {"tiers": tiers, "benefit_cost": _benefit_cost(customers, inputs)}


def _lower_limits(buyers: QuerySet[Customer], count: int) -> dict[str, int | None]:
    """Return the lower limit of each tier: the smallest sum of sales, in units, of its buyers.

    None where too many buyers share the largest sum, so that the tier is empty.
    """
    largest_below = {}
    for name, part in PARTS.items():
        most = int(count * part)
        rows = buyers.order_by(f"-{SALES}", "pk").values_list(SALES, flat=True)
        largest_below[name] = next(iter(rows[most : most + 1]), None)
    figures = {
        name: Min(SALES, filter=Q(**{f"{SALES}__gt": below}))
        for name, below in largest_below.items()
        if below is not None
    }
    found = buyers.order_by().aggregate(**figures) if figures else {}
    return {name: found.get(name) for name in PARTS}


def _limits(least: Mapping[str, int | None]) -> dict[str, tuple[int | None, int | None]]:
    """Return (least, above) per tier: sums from `least` to below `above`.

    A `least` of None means an empty tier, except in the last tier, which has no lower limit; an
    `above` of None means no upper limit.
    """
    found = dict[str, tuple[int | None, int | None]]()
    above: int | None = None
    for name, begins in least.items():
        found[name] = (begins, above)
        # An empty tier leaves its upper end to the next tier.
        above = above if begins is None else begins
    return {**found, LAST: (None, above)}


def _tier_filter(least: int | None, above: int | None) -> Q:
    """Return the database filter for the customers of a tier."""
    wanted = Q() if least is None else Q(**{f"{SALES}__gte": least})
    return wanted if above is None else wanted & Q(**{f"{SALES}__lt": above})


def _tier_conditions(least: int | None, above: int | None) -> list[Condition]:
    """Return the conditions of a segment for the customers of a tier."""
    ends = (("gte", least), ("lt", above))
    return [
        asks("lifetime.sales", operator, money_of(Fraction(end)))
        for operator, end in ends
        if end is not None
    ]


def _benefit_cost(customers: QuerySet[Customer], inputs: PlanInputs) -> str | None:
    """Return the cost of the benefit; None without a percentage, or before a full scoring."""
    percent = inputs.assumed[BENEFIT_PERCENT].exact
    if percent is None or not inputs.is_scored:
        return None
    return money_of(percent / 100 * _expected_sales(customers))


def _expected_sales(customers: QuerySet[Customer]) -> Fraction:
    """Return the expected sales to `customers` within the horizon, in units."""
    known = customers.filter(**{f"{ORDERS}__isnull": False, f"{VALUE}__isnull": False})
    rows = known.order_by().values_list(Units(ORDERS), Units(VALUE)).iterator(ROWS)
    return Fraction(sum(orders * value for orders, value in rows), UNITS)


LOYALTY = Loyalty()
