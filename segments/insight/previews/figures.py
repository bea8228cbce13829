"""Sales of the chosen customers, and the number of them that can be mailed."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from conditions import registry
from conditions.language.windows import Moment
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.statement import statement_of
from core.database.fields import from_units, rounded
from core.database.replicas import reading_alias
from core.database.time_limit import IsOver, TookTooLong, never_over, time_limit
from customers.models import Customer
from segments.export.mail import count_mailable

# The time limit (seconds) for counting the customers who can be mailed.
LONGEST_FOR_MAIL = 2.0


@dataclass(frozen=True)
class Figures:
    """The number of customers, their orders and their sales in the base currency, all time."""

    customers: int
    orders: int
    sales: Decimal

    @property
    def average_order(self) -> Decimal | None:
        """The average order with 4 decimals; None without an order."""
        return rounded(self.sales / self.orders) if self.orders else None


def figures_of(chosen: QuerySet[Customer], moment: Moment) -> Figures:
    """Return the figures of the customers `chosen`, in one statement, from the roll-ups.

    Raises DatabaseError where a sum is too large for the database.
    """
    context = Context(moment)
    (sales,) = registry.attribute("lifetime.sales").expressions(AT_CUSTOMER, context)
    (orders,) = registry.attribute("lifetime.number_of_orders").expressions(AT_CUSTOMER, context)
    each = chosen.order_by().values(_sales=sales, _orders=orders)
    try:
        sql, params = statement_of(each)
    except EmptyResultSet:  # The query has no results, whatever the rows.
        return Figures(0, 0, Decimal(0))
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), SUM(_orders), SUM(_sales) FROM ({sql}) AS chosen",
            params,
        )
        customers, orders_sum, sales_sum = cursor.fetchone()
    return Figures(customers, int(orders_sum or 0), from_units(int(sales_sum or 0)))


def mailable_in_time(
    chosen: QuerySet[Customer],
    website_ids: Collection[int],
    deadline: float = inf,
    is_over: IsOver = never_over,
) -> int | None:
    """Return how many of `chosen`, in a scope of `website_ids` (none: all), can be mailed.

    None where counting takes longer than until `deadline` (of `time.monotonic`) or
    `LONGEST_FOR_MAIL`. Raises Cancelled once `is_over` returns True.
    """
    try:
        with time_limit(min(deadline, time.monotonic() + LONGEST_FOR_MAIL), is_over):
            return count_mailable(chosen, website_ids)
    except TookTooLong:
        return None
