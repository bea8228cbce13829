"""What the chosen customers buy, and whether they may be written to."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from conditions import registry
from conditions.language.windows import Moment
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.statement import statement_of
from customers.fields import from_units, rounded
from customers.models import Customer
from segments.database.replicas import reading_alias


@dataclass(frozen=True)
class Figures:
    """Of `customers` customers: their sales in the base currency, all time, how many orders these
    are, and how many of the customers accept marketing.
    """

    customers: int
    accepting: int
    orders: int
    sales: Decimal

    @property
    def average_order(self) -> Decimal | None:
        """The average order with 4 decimals; None without an order."""
        return rounded(self.sales / self.orders) if self.orders else None


def figures_of(chosen: QuerySet[Customer], moment: Moment) -> Figures:
    """Return the figures of the `chosen`, in one statement; sums are those of the roll-ups.

    Raises DatabaseError where a sum is too large for the database.
    """
    context = Context(moment)
    (sales,) = registry.attribute("lifetime.sales").expressions(AT_CUSTOMER, context)
    (orders,) = registry.attribute("lifetime.number_of_orders").expressions(AT_CUSTOMER, context)
    each = chosen.order_by().values("accepts_marketing", _sales=sales, _orders=orders)
    try:
        sql, params = statement_of(each)
    except EmptyResultSet:  # Nobody, whatever the rows.
        return Figures(0, 0, 0, Decimal(0))
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE accepts_marketing), SUM(_orders), SUM(_sales) "
            f"FROM ({sql}) AS chosen",
            params,
        )
        customers, accepting, orders_sum, sales_sum = cursor.fetchone()
    return Figures(customers, accepting, int(orders_sum or 0), from_units(int(sales_sum or 0)))
