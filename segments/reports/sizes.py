"""Report: how big segments were, day by day, and how many entered and left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.formats import date_format
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext as _

from segments.charts import line_chart, trend_said
from segments.models import ChangeKind, MembershipChange, Segment
from segments.reports.days import beginning_of, last_days
from segments.reports.shown import DRAWN, Chart, Shown
from segments.reports.table import Cell, Table


@dataclass(frozen=True)
class Size:
    """How many members a segment had at the end of a day, and who came and went on it."""

    day: date
    members: int
    entered: int
    left: int


def sizes(segments: Sequence[Segment], days: int, until: datetime) -> Shown:
    """Return the report: a line for each of the biggest segments, a row for each day."""
    found = sizes_over_time(segments, days, until=until)
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
                f"{segment.name}: {trend_said(values, len(values))}",
                ends=(_day(points[0]), _day(points[-1])),
                limits=("0", intcomma(max(values))),
            )
            charts.append(Chart(segment.name, drawn, segment))
    columns = (_("Segment"), _("Day"), _("Members"), _("Entered"), _("Left"))
    return Shown(Table(columns, rows), charts)


def sizes_over_time(
    segments: Iterable[Segment], days: int, *, until: datetime
) -> dict[int, list[Size]]:
    """Return the sizes of each of `segments` (by id) on the last `days` days, the oldest first.

    The last day is that of `until` (aware; now for the present), as far as it has come; days are
    those of the shop's zone. A segment has no size on the days before it was made. One query,
    whatever the number of segments.
    """
    segments = list(segments)
    dates = last_days(days, until)
    changes = _changes(segments, dates[0])
    return {segment.pk: _sizes(segment, dates, changes[segment.pk]) for segment in segments}


def _changes(segments: list[Segment], since: date) -> dict[int, dict[tuple[date, str], int]]:
    """Return how many entered and left each segment, by day and kind."""
    zone = get_default_timezone()
    rows = (
        MembershipChange.objects.filter(segment__in=segments, at__gte=beginning_of(since))
        .values("segment_id", "kind", day=TruncDate("at", tzinfo=zone))
        .annotate(count=Count("*"))
        .order_by()
    )
    found: dict[int, dict[tuple[date, str], int]] = defaultdict(dict)
    for row in rows:
        found[row["segment_id"]][row["day"], row["kind"]] = row["count"]
    return found


def _sizes(segment: Segment, dates: list[date], changes: dict[tuple[date, str], int]) -> list[Size]:
    """Go back from today's members: the log has each change once, so that every day is exact."""
    made_on = localdate(segment.created_at, get_default_timezone())
    members = segment.members_count
    sizes = []
    for day in reversed(dates):
        entered = changes.get((day, ChangeKind.ENTERED), 0)
        left = changes.get((day, ChangeKind.LEFT), 0)
        if day >= made_on or entered or left:
            # Never below none: a customer who was deleted with all their rows left no trace.
            sizes.append(Size(day, max(members, 0), entered, left))
        members -= entered - left
    return sizes[::-1]


def _day(size: Size) -> str:
    return date_format(size.day, "MONTH_DAY_FORMAT")
