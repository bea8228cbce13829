"""Sales of customers as of the time of their scores, and their ranking by average order value."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from conditions import registry
from conditions.sql.place import AT_CUSTOMER
from conditions.sql.scope import context_at, scope_of
from customers.models import NO_SALE_STATES, Customer, Order
from predictions.history.raw_columns import Units

SALES, ORDERS = "bought_for", "bought_times"
# The resolution of the fractional part of an average order value; see `by_average`.
FINE = 10**12


def with_sales(customers: QuerySet[Customer], as_of: datetime) -> QuerySet[Customer]:
    """Return customers annotated with the sum (units) and the number of their sales.

    The annotations equal the features `monetary` and `frequency` as of `as_of`, the as-of time of
    the last full scoring, or as of a later scoring of the customer. The query reads the attributes
    `lifetime.sales` and `lifetime.number_of_orders`, which are kept up to date, and subtracts the
    orders created after that time.
    """
    context = context_at(as_of, scope_of(None, None, "both"))
    every = Order.objects.exclude(state__in=NO_SALE_STATES).filter(created_at__gt=as_of)
    written = Coalesce(OuterRef("prediction__rfm_as_of"), Value(as_of, DateTimeField()))
    later = every.filter(
        customer=OuterRef("pk"), created_at__gt=Greatest(written, Value(as_of, DateTimeField()))
    )
    since = Q(pk__in=every.order_by().values("customer")) if every.exists() else None
    figures = dict[str, Any]()
    for name, code, figure in (
        (SALES, "lifetime.sales", Sum(Units("grand_total"))),
        (ORDERS, "lifetime.number_of_orders", Count("pk")),
    ):
        kept = registry.attribute(code).expressions(AT_CUSTOMER, context)[0]
        now = ExpressionWrapper(Coalesce(_whole(kept), 0), output_field=BigIntegerField())
        if since is None:
            figures[name] = now
            continue
        # Grouped by customer, the subquery has no row without orders, in every database.
        grouped = later.order_by().values("customer").annotate(_figure=figure).values("_figure")
        taken_off = Coalesce(Subquery(grouped, output_field=BigIntegerField()), 0)
        figures[name] = Case(
            When(since, then=_whole(now - taken_off)), default=now, output_field=BigIntegerField()
        )
    return customers.annotate(**figures)


def _whole(expression: Any) -> Any:
    return ExpressionWrapper(expression, output_field=BigIntegerField())


def by_average() -> Sequence[Any]:
    """Return the ordering by descending average order value, then by ascending key.

    The ordering divides whole numbers, as PostgreSQL and SQLite do alike: first the integer part of
    the average, then its first twelve decimals. The averages of two customers with up to a million
    orders each differ in these decimals, if at all.
    """
    whole = F(SALES) / F(ORDERS)
    rest = F(SALES) % F(ORDERS) * FINE / F(ORDERS)
    return (whole.desc(), rest.desc(), F("pk").asc())


def upper_quartile(buyers: QuerySet[Customer]) -> Fraction | None:
    """Return the 75th percentile (nearest-rank) of the average order value of `buyers`, in units.

    `buyers` are customers annotated by `with_sales`, each with at least one order. Return None
    without buyers.
    """
    count = buyers.count()
    if not count:
        return None
    # The nearest-rank percentile is number ceil(0.75 n) from the bottom.
    from_top = count - -(-3 * count // 4)
    rows = buyers.order_by(*by_average()).values_list(SALES, ORDERS)
    total, number = rows[from_top]
    return Fraction(total, number)


def count_parts(buyers: QuerySet[Customer], parts: Mapping[str, Q]) -> dict[str, tuple[int, int]]:
    """Return the number of customers `with_sales` and their sales per part, in one query."""
    figures: dict[str, Any] = {}
    for name, wanted in parts.items():
        figures[f"{name}_count"] = Count("pk", filter=wanted)
        figures[f"{name}_sum"] = Sum(SALES, filter=wanted)
    found = buyers.order_by().aggregate(**figures)
    # PostgreSQL's sum of integers is a decimal, and that of no rows is NULL.
    return {name: (found[f"{name}_count"], int(found[f"{name}_sum"] or 0)) for name in parts}
