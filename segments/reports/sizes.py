"""Report: the sizes of segments day by day, and how many customers entered and left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext as _

from core.access.website_limits import Websites
from core.figures.charts import line_chart
from core.figures.table import Cell, Table
from core.text.formats import number_shown
from segments.models import Segment, SegmentSize
from segments.reports.days import beginning_of, last_days
from segments.reports.shown import DRAWN, Chart, Shown
from segments.rules.website_limits.websites import last_changes_of_others, segments_within


@dataclass(frozen=True)
class Size:
    """The members of a segment at the end of a day, and how many entered and left on that day."""

    day: date
    members: int
    entered: int
    left: int


def sizes(
    segments: Sequence[Segment], days: int, until: datetime, *, allowed_websites: Websites = None
) -> Shown:
    """Return the report: a line for each of the biggest segments, a row for each day."""
    segments = segments_within(segments, allowed_websites)
    found = sizes_over_time(segments, days, until=until, allowed_websites=allowed_websites)
    rows: list[tuple[Cell, ...]] = [
        (segment, size.day, size.members, size.entered, size.left)
        for segment in segments
        for size in reversed(found[segment.pk])
    ]
    charts: list[Chart] = []
    for segment in segments[:DRAWN]:
        points = found[segment.pk]
        values = [size.members for size in points]
        if values:
            drawn = line_chart(
                values,
                f"{segment.name}: {describe_trend(values, len(values))}",
                ends=(_day(points[0]), _day(points[-1])),
                limits=("0", number_shown(max(values))),
            )
            charts.append(Chart(segment.name, drawn, segment))
    columns = (_("Segment"), _("Day"), _("Members"), _("Entered"), _("Left"))
    return Shown(Table(columns, rows), charts, len(segments))


def describe_trend(values: Sequence[int], days: int) -> str:
    """Return the description of a line chart of sizes."""
    if len(values) < 2:
        return _("no history yet")
    return _("from %(first)s to %(last)s members in %(days)d days") % {
        "first": number_shown(values[0]),
        "last": number_shown(values[-1]),
        "days": days,
    }


def sizes_over_time(
    segments: Iterable[Segment], days: int, *, until: datetime, allowed_websites: Websites = None
) -> dict[int, list[Size]]:
    """Return the sizes of each of `segments` (by id) on the last `days` days, the oldest first.

    The last day is that of `until` (aware), and may be incomplete; days are those of the shop's
    time zone. A segment has no size on days before its creation. Runs one query for any number of
    segments.

    With `allowed_websites`, the segments are those of `segments_within`, and their days begin after
    the last day on which a customer of another website entered or left; this takes a second query.
    """
    segments = list(segments)
    dates = last_days(days, until)
    others = last_changes_of_others(segments, allowed_websites, beginning_of(dates[0]))
    noted: dict[int, dict[date, SegmentSize]] = defaultdict(dict)
    for row in SegmentSize.objects.filter(segment__in=segments, day__gte=dates[0]):
        noted[row.segment_id][row.day] = row
    return {
        segment.pk: _sizes(segment, _days_after(others.get(segment.pk), dates), noted[segment.pk])
        for segment in segments
    }


def _days_after(at: datetime | None, dates: list[date]) -> list[date]:
    last = localdate(at, get_default_timezone()) if at else date.min
    return [day for day in dates if day > last]


def _sizes(segment: Segment, dates: list[date], noted: dict[date, SegmentSize]) -> list[Size]:
    """Compute the sizes backwards from today's members; days without changes have no row."""
    made_on = localdate(segment.created_at, get_default_timezone())
    members = segment.members_count
    sizes = []
    for day in reversed(dates):
        row = noted.get(day)
        entered, left = (row.entered, row.left) if row else (0, 0)
        members = row.members_count if row else members
        if day >= made_on or row:
            sizes.append(Size(day, members, entered, left))
        members = max(members - entered + left, 0)
    return sizes[::-1]


def _day(size: Size) -> str:
    return date_format(size.day, "MONTH_DAY_FORMAT")
