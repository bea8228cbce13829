"""The strategy that raises the order value of loyal customers to that of good ones."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from predictions.history.population import population
from predictions.history.raw_columns import Units
from predictions.strategies.assumptions.numbers import UNITS
from predictions.strategies.assumptions.values import MARGIN, UPLIFT
from predictions.strategies.kinds.purchases import ORDERS, SALES, upper_quartile, with_sales
from predictions.strategies.selection import Candidate
from predictions.strategies.strategy import IS_BUYER, ROWS, ContactStrategy, PlanInputs, asks

EXPECTED = "prediction__expected_orders"


class Upsell(ContactStrategy):
    """Values a contact at margin x expected orders x (upper quartile - average order value).

    The upper quartile is that of the average order values of all buyers.
    """

    code = "upsell"
    label = _("Upsell: larger orders of who buys again")
    about = _(
        "Customers in the journey stages Bought again and Buys often, with a churn risk below 0.5. "
        "What a contact brings is uplift × margin × expected orders × what their average order "
        "lacks to that which a quarter of all buyers exceed, less its cost."
    )
    uses = (UPLIFT, MARGIN)
    models = ("journey", "churn", "clv")
    conditions = (
        asks("prediction.journey_stage", "is_one_of", ["repeat", "loyal"]),
        asks("prediction.churn_risk", "lt", "0.5"),
    )
    # Ranked in Python: the products exceed the integers of PostgreSQL and SQLite.
    is_ranked = False

    def candidates(self, customers: QuerySet[Customer], inputs: PlanInputs) -> Iterable[Candidate]:
        """Yield customers in any order; those at or above the upper quartile have the value 0."""
        margin = inputs.assumed[MARGIN].exact
        assert margin is not None
        everyone = with_sales(population(inputs.as_of).filter(**{IS_BUYER: False}), inputs.as_of)
        top = upper_quartile(everyone.filter(**{f"{ORDERS}__gt": 0}))
        if top is None:
            return
        known = customers.filter(**{f"{EXPECTED}__isnull": False})
        rows = with_sales(known, inputs.as_of).filter(**{f"{ORDERS}__gt": 0})
        found = rows.order_by().values_list("pk", SALES, ORDERS, Units(EXPECTED)).iterator(ROWS)
        for key, sales, number, expected in found:
            lacking = max(top.numerator * number - sales * top.denominator, 0)
            yield Candidate(
                key,
                margin.numerator * expected * lacking,
                margin.denominator * UNITS * top.denominator * number,
            )


UPSELL = Upsell()
