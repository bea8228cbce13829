"""The sizes of segments on the days before, as the product stores them, without a query for each.

Sizes that were judged go before sizes at the end of a day; older days have only the latter.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from django.utils.timezone import get_default_timezone, localdate

from alerts.habit.expectations import Flags, Matrix
from alerts.habit.judgement import DAYS_READ
from alerts.models import JudgedSize
from segments.models import Segment, SegmentSize


def load_sizes(segments: Sequence[Segment], today: date) -> tuple[date, Matrix, Flags]:
    """Return the first day, the members and the alarm days of the days up to `today`.

    Both arrays have shape (len(segments), DAYS_READ + 1); the last column is `today`. Members are
    NaN on days without a row and before a segment's first day.
    """
    first = today - timedelta(days=DAYS_READ)
    rows = {segment.pk: row for row, segment in enumerate(segments)}
    members = np.full((len(segments), DAYS_READ + 1), np.nan)
    alarms = np.zeros(members.shape, dtype=bool)
    # The size before the first row of each segment.
    before = np.full(len(segments), np.nan)
    stored = SegmentSize.objects.filter(segment__in=rows, day__gte=first, day__lte=today)
    for pk, day, size, entered, left in (
        stored.order_by("segment", "day")
        .values_list("segment", "day", "members_count", "entered", "left")
        .iterator()
    ):
        row = rows[pk]
        if np.isnan(before[row]):
            before[row] = max(size - entered + left, 0)
        members[row, (day - first).days] = size
    judged = JudgedSize.objects.filter(segment__in=rows, day__gte=first, day__lt=today)
    for pk, day, size, is_alarm in judged.values_list(
        "segment", "day", "members", "is_alarm"
    ).iterator():
        members[rows[pk], (day - first).days] = size
        alarms[rows[pk], (day - first).days] = is_alarm
    for segment in segments:
        row = rows[segment.pk]
        _complete(members[row], before[row], segment, first)
    return first, members, alarms


def _complete(sizes: Matrix, before: float, segment: Segment, first: date) -> None:
    """Write today's size, and the size from the day on which the segment was made."""
    if np.isnan(sizes[-1]):
        sizes[-1] = segment.members_count
    made = max((localdate(segment.created_at, get_default_timezone()) - first).days, 0)
    (known,) = np.nonzero(~np.isnan(sizes))
    if made < known[0]:
        sizes[made] = sizes[known[0]] if np.isnan(before) else before
