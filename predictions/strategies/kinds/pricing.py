"""Groups of customers by discount use, and the additional sales that pay for a lower price."""

from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from core.problems import Invalid
from customers.models import Customer
from predictions.analytics.parts.selection import Condition, all_of
from predictions.strategies.assumptions.numbers import money_of, number_of
from predictions.strategies.assumptions.values import MARGIN, PRICE_CUT
from predictions.strategies.kinds.purchases import count_parts, with_sales
from predictions.strategies.question import discount_exceeds_margin
from predictions.strategies.strategy import BUYERS, PartingStrategy, PlanInputs, asks

SHARE, COLUMN = "habits.discount_share", "prediction__discount_share"
# Groups by the share of orders with a discount: name, least share, exclusive upper limit.
GROUPS = (("full_price", None, "0.1"), ("sometimes", "0.1", "0.7"), ("discount_only", "0.7", None))
GROUP_LABELS: dict[str, Words] = {
    "full_price": _("Buy at the full price"),
    "sometimes": _("Sometimes buy reduced"),
    "discount_only": _("Buy hardly anything but reduced"),
}


class Pricing(PartingStrategy):
    """Divides buyers by their share of discounted orders: offers are for groups, not persons."""

    code = "pricing"
    label = _("Pricing: whom a reduction reaches")
    about = _(
        "All buyers in three groups by the share of their orders with a discount. For each stands "
        "how much more would have to be sold for a price reduction to be worth it. Offers are for "
        "groups, never a price for a person."
    )
    uses = (MARGIN, PRICE_CUT)
    models = ("rfm",)
    conditions = (BUYERS,)

    def parts(self, customers: QuerySet[Customer], inputs: PlanInputs) -> dict[str, Any]:
        """Return `groups`. Raises `Invalid` where the reduction is not below the margin."""
        margin, cut = inputs.assumed[MARGIN].exact, inputs.assumed[PRICE_CUT].exact
        assert margin is not None
        if cut is not None and cut >= margin:
            raise Invalid([discount_exceeds_margin()])
        more = None if cut is None else number_of(cut / (margin - cut))
        buyers, count = with_sales(customers, inputs.as_of), customers.count()
        found = count_parts(buyers, {name: _group_filter(*ends) for name, *ends in GROUPS})
        rule = self.eligible(inputs.question)["conditions"]
        groups = []
        for name, least, below in GROUPS:
            number, sales = found[name]
            groups.append(
                {
                    "name": name,
                    "customers_count": number,
                    "share": number_of(Fraction(number, count)) if count else None,
                    "sales": money_of(Fraction(sales)),
                    "break_even_uplift": more,
                    "conditions": all_of([*rule, *_group_conditions(least, below)]),
                }
            )
        return {"groups": groups}


def _group_filter(least: str | None, below: str | None) -> Q:
    """Return the database filter for the customers of a group."""
    wanted = Q() if least is None else Q(**{f"{COLUMN}__gte": least})
    return wanted if below is None else wanted & Q(**{f"{COLUMN}__lt": below})


def _group_conditions(least: str | None, below: str | None) -> list[Condition]:
    """Return the conditions of a segment for the customers of a group."""
    ends = (("gte", least), ("lt", below))
    return [asks(SHARE, operator, end) for operator, end in ends if end is not None]


PRICING = Pricing()
