"""Revenue of sales: the total less the refunds of the order, at least 0, in units."""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Greatest

from core.database.fields import UNITS_PER_ONE
from customers.models import Refund
from predictions.history.population import existing, sales
from predictions.history.raw_columns import Units


def with_revenue(as_of: datetime) -> QuerySet[Any]:
    """Return the sales that exist, each with its `revenue` in units of 1/10,000."""
    refunds = existing(Refund, as_of).filter(order=OuterRef("pk")).order_by().values("order")
    summed = refunds.annotate(_units=Sum(Units("amount"), output_field=BigIntegerField()))
    refunded = Coalesce(Cast(Subquery(summed.values("_units")), BigIntegerField()), Value(0))
    left = Greatest(Units("grand_total") - refunded, Value(0), output_field=BigIntegerField())
    return sales(as_of).annotate(revenue=left)


def total_revenue(orders: QuerySet[Any]) -> int:
    """Return the revenue of all of `orders` (`with_revenue`), in units."""
    # Ones and fractions by themselves: the sum of units could leave 64 bits.
    sums = orders.aggregate(
        ones=Sum(F("revenue") / UNITS_PER_ONE, output_field=BigIntegerField()),
        rest=Sum(F("revenue") % UNITS_PER_ONE, output_field=BigIntegerField()),
    )
    return int(sums["ones"] or 0) * UNITS_PER_ONE + int(sums["rest"] or 0)
