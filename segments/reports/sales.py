"""The sales to the members of each segment, and to all customers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.access.website_limits import Websites, rows_within
from core.database.fields import rounded
from customers.models import NO_SALE_STATES, Order
from segments.models import Segment
from segments.reports.days import beginning_of, last_days, local_time_before


@dataclass(frozen=True)
class Sales:
    """The number of orders and the sum of their grand totals, in the base currency."""

    orders: int = 0
    revenue: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal | None:
        """The average order value with 4 decimals; None without an order."""
        return rounded(self.revenue / self.orders) if self.orders else None


@dataclass(frozen=True)
class Period:
    """The sales of the last `days` days: of the shop, of active customers, and by segment."""

    days: int
    shop: Sales
    customers: Sales
    segments: dict[int, Sales] = field(default_factory=dict)

    def sales_of(self, segment: Segment) -> Sales:
        """Return the sales to the stored members of `segment`."""
        return self.segments.get(segment.pk, Sales())

    def share(self, segment: Segment) -> float | None:
        """Return the segment's share of the shop's revenue, 0 to 1; None without revenue.

        A customer counts for each of their segments, so the shares may add up to more than 1.
        """
        if not self.shop.revenue:
            return None
        return float(self.sales_of(segment).revenue / self.shop.revenue)


def sales_of_periods(
    segments: Iterable[Segment],
    periods: Sequence[int],
    *,
    until: datetime,
    allowed_websites: Websites = None,
) -> list[Period]:
    """Return the sales of each of `periods` (in days, the day of `until` included) up to `until`.

    Sales are the orders that count for lifetime sales: neither canceled nor closed. Members are
    those stored now. Only orders by customers of `allowed_websites` (None: all orders) count.
    Runs three queries for any number of segments and periods.
    """
    since = {days: beginning_of(last_days(days, until)[0]) for days in periods}
    orders: QuerySet[Order] = Order.objects.filter(
        created_at__gte=min(since.values()), created_at__lte=until
    ).exclude(state__in=NO_SALE_STATES)
    orders = rows_within(orders, allowed_websites, "customer__website")
    of_all = _sum_orders(orders, since)
    of_customers = _sum_orders(orders.filter(customer__is_active=True), since)
    of_segments = _sums_by_segment(orders, segments, since)
    return [
        Period(
            days,
            _sales(of_all, days),
            _sales(of_customers, days),
            {segment_id: _sales(row, days) for segment_id, row in of_segments.items()},
        )
        for days in periods
    ]


def sales_of_shop(days: int, *, until: datetime) -> tuple[Sales, Sales]:
    """Return the sales of the last `days` days up to `until`, and of as many days before.

    The days before end at the time of day of `until`, too, so that both are equally long. Counts
    the orders that `Period.shop` of `sales_of_periods` counts, in one query.
    """
    since = {one: beginning_of(last_days(one, until)[0]) for one in (days, 2 * days)}
    ended = local_time_before(until, days)
    orders = Order.objects.filter(
        Q(created_at__lte=ended) | Q(created_at__gte=since[days]),
        created_at__gte=since[2 * days],
        created_at__lte=until,
    )
    sums = _sum_orders(orders.exclude(state__in=NO_SALE_STATES), since)
    latest, both = _sales(sums, days), _sales(sums, 2 * days)
    return latest, Sales(both.orders - latest.orders, both.revenue - latest.revenue)


def _sum_orders(orders: QuerySet[Order], since: dict[int, datetime]) -> Mapping[str, Any]:
    return orders.aggregate(**_figures(since))


def _sums_by_segment(
    orders: QuerySet[Order], segments: Iterable[Segment], since: dict[int, datetime]
) -> dict[int, Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = (
        orders.filter(customer__memberships__segment__in=list(segments))
        .values("customer__memberships__segment")
        .annotate(**_figures(since))
        .order_by()
    )
    return {row["customer__memberships__segment"]: row for row in rows}


def _figures(since: dict[int, datetime]) -> dict[str, Count | Sum]:
    figures: dict[str, Count | Sum] = {}
    for days, start in since.items():
        inside = Q(created_at__gte=start)
        figures[f"orders_{days}"] = Count("pk", filter=inside)
        figures[f"revenue_{days}"] = Sum("grand_total", filter=inside)
    return figures


def _sales(row: Mapping[str, Any], days: int) -> Sales:
    return Sales(row[f"orders_{days}"], row[f"revenue_{days}"] or Decimal(0))
