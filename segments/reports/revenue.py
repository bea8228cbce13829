"""Report: the share of the shop's revenue that comes from the members of each segment."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.access.website_limits import Websites
from core.figures.charts import Bar, bar_chart
from core.figures.table import Cell, Money, Share, Table, as_text
from segments.models import Segment
from segments.reports.days import PERIODS
from segments.reports.sales import sales_of_periods
from segments.reports.shown import DRAWN, Chart, Shown


def revenue(
    segments: Sequence[Segment], days: int, until: datetime, *, allowed_websites: Websites = None
) -> Shown:
    """Return the report: bars for the last `days` days, columns for each of `PERIODS`."""
    periods = sales_of_periods(segments, PERIODS, until=until, allowed_websites=allowed_websites)
    shown = next(period for period in periods if period.days == days)
    rows: list[tuple[Cell, ...]] = [
        (
            segment,
            *(
                cell
                for period in periods
                for cell in (Money(period.sales_of(segment).revenue), Share(period.share(segment)))
            ),
        )
        for segment in segments
    ]
    rows.append(
        (
            _("All sales of the shop")
            if allowed_websites is None
            else _("All sales of your websites"),
            *(cell for period in periods for cell in (Money(period.shop.revenue), Share(1.0))),
        )
    )
    columns = [_("Segment")]
    for period in periods:
        columns += [
            _("Revenue, %(days)d days") % {"days": period.days},
            _("Share, %(days)d days") % {"days": period.days},
        ]
    bars = [
        Bar(segment.name, shown.share(segment) or 0.0, as_text(Share(shown.share(segment))))
        for segment in segments[:DRAWN]
    ]
    title = _("Share of the shop's revenue, last %(days)d days") % {"days": days}
    chart = Chart(title, bar_chart(bars, title, whole=1.0))
    return Shown(Table(columns, rows), [chart], len(segments))
