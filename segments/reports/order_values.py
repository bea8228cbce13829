"""Report: average order value and orders per member, compared with all customers."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.access.website_limits import Websites, rows_within
from core.figures.charts import bar_chart
from core.figures.table import Cell, Money, Table
from customers.models import Customer
from segments.models import Segment
from segments.reports.sales import Sales, sales_of_periods
from segments.reports.shown import DRAWN, Chart, Shown, bars_of
from segments.rules.website_limits.websites import members_count_of

# The columns that are drawn, too.
AVERAGE, PER_MEMBER = 4, 5


def order_values(
    segments: Sequence[Segment], days: int, until: datetime, *, allowed_websites: Websites = None
) -> Shown:
    """Return the report of the last `days` days."""
    (period,) = sales_of_periods(segments, [days], until=until, allowed_websites=allowed_websites)
    customers = rows_within(
        Customer.objects.filter(is_active=True), allowed_websites, "website"
    ).count()
    label = (
        _("All active customers")
        if allowed_websites is None
        else _("All active customers of your websites")
    )
    everybody = (label, *_per_member(period.customers, customers))
    rows: list[tuple[Cell, ...]] = [everybody]
    rows += [
        (segment, *_per_member(period.sales_of(segment), members_count_of(segment)))
        for segment in segments
    ]
    columns = (
        *(_("Segment"), _("Members"), _("Orders"), _("Revenue")),
        *(_("Average order value"), _("Orders per member")),
    )
    charts = [
        Chart(columns[column], bar_chart(bars_of(rows[: DRAWN + 1], column), columns[column]))
        for column in (AVERAGE, PER_MEMBER)
    ]
    return Shown(Table(columns, rows), charts, len(segments))


def _per_member(sales: Sales, members: int) -> tuple[Cell, ...]:
    return (
        *(members, sales.orders, Money(sales.revenue), Money(sales.average)),
        sales.orders / members if members else None,
    )
