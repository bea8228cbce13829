"""Fact: a table that the tree reads got fewer rows yesterday than is usual."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone, localdate

from alerts.causes.shares import Cause
from alerts.facts.changes import Fact, Share, SizeChange
from alerts.habit.expectations import build_history
from alerts.habit.judgement import judge_day
from conditions.upkeep.columns import ColumnsRead
from customers.snapshots.tables import TABLES, Exported
from segments.models import Segment

# Days before that the habit of a table is read from.
DAYS = 120


def find_missing_rows(changes: Sequence[SizeChange]) -> Mapping[int, Share]:
    """Return 1 - rows / expected rows of the table that is missing most, by segment."""
    trees = Segment.objects.filter(pk__in=[one.segment for one in changes])
    columns = ColumnsRead()
    read = {
        pk: {table for table, _column in columns.of(tree) or ()}
        for pk, tree in trees.values_list("pk", "conditions")
    }
    wanted = set().union(*read.values())
    yesterday = localdate(max(one.until for one in changes), get_default_timezone()) - timedelta(1)
    missing = {
        table.name: share
        for table in TABLES
        if table.day and table.name in wanted and (share := missing_share(table, yesterday)) > 0
    }
    found = {}
    for segment, tables in read.items():
        worst = max(tables & missing.keys(), key=lambda one: missing[one], default=None)
        if worst is not None:
            found[segment] = Share(missing[worst], {"table": _label(worst)})
    return found


def missing_share(table: Exported, day: date) -> float:
    """Return which part (0 to 1) of the expected rows of `day` is missing; 0 within the habit."""
    first = day - timedelta(days=DAYS)
    begin, end = (
        datetime.combine(one, time(), tzinfo=get_default_timezone())
        for one in (first, day + timedelta(days=1))
    )
    rows = table.model._default_manager.filter(
        **{f"{table.day}__gte": begin, f"{table.day}__lt": end}
    )
    in_zone = TruncDate(str(table.day), tzinfo=get_default_timezone())
    counts = np.zeros((1, DAYS + 1))
    for on, count in rows.annotate(on=in_zone).order_by().values_list("on").annotate(Count("pk")):
        counts[0, (on - first).days] = count
    history = build_history(first, counts)
    left_out = np.zeros(counts.shape, dtype=bool)
    for column in range(DAYS):
        left_out[:, column] = judge_day(history, column, left_out).alarm
    judgement = judge_day(history, DAYS, left_out)
    expected = float(judgement.expected[0])
    if not judgement.alarm[0] or counts[0, DAYS] >= expected:
        return 0.0
    return 1 - float(counts[0, DAYS]) / expected


def _label(table: str) -> str:
    found = TABLES.find(table)
    return str(found.model._meta.label) if found else table


MISSING_ROWS = Fact(Cause.SOURCE_MISSING, find_missing_rows)
