"""The strategy that wins back customers who have stayed away."""

from collections.abc import Iterable

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from predictions.strategies.assumptions.numbers import in_units
from predictions.strategies.assumptions.values import MARGIN, ORDER_VALUE, UPLIFT
from predictions.strategies.kinds.purchases import ORDERS, SALES, by_average, with_sales
from predictions.strategies.selection import Candidate
from predictions.strategies.strategy import ROWS, ContactStrategy, PlanInputs, asks


class WinBack(ContactStrategy):
    """Values a contact at margin x average order value."""

    code = "win_back"
    label = _("Win back: who has stayed away")
    about = _(
        "Customers in the journey stages Lapsing and Lost. What a contact brings is uplift × "
        "margin × average order value, less its cost."
    )
    uses = (UPLIFT, MARGIN, ORDER_VALUE)
    models = ("journey",)
    conditions = (asks("prediction.journey_stage", "is_one_of", ["lapsing", "lost"]),)

    def candidates(self, customers: QuerySet[Customer], inputs: PlanInputs) -> Iterable[Candidate]:
        """Yield customers by descending value of an order."""
        return of_an_order(customers, inputs)


def of_an_order(
    customers: QuerySet[Customer], inputs: PlanInputs, *, by_key: bool = False
) -> Iterable[Candidate]:
    """Yield customers with the margin of an order: of their average, or of the given order value.

    Customers are ordered by descending value, then by key; with `by_key`, only by key.
    """
    margin, given = inputs.assumed[MARGIN].exact, inputs.assumed[ORDER_VALUE].value
    assert margin is not None
    if given is not None:
        each = margin * in_units(given)
        for key in customers.order_by("pk").values_list("pk", flat=True).iterator(ROWS):
            yield Candidate(key, each.numerator, each.denominator)
        return
    rows = with_sales(customers, inputs.as_of).filter(**{f"{ORDERS}__gt": 0, f"{SALES}__gt": 0})
    order = (F("pk").asc(),) if by_key else by_average()
    for key, sales, number in rows.order_by(*order).values_list("pk", SALES, ORDERS).iterator(ROWS):
        yield Candidate(key, margin.numerator * sales, margin.denominator * number)


WIN_BACK = WinBack()
