"""The websites covered by rows about one segment, such as a sequence or a sync."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from core.access.website_limits import is_limited
from core.resources.coverage import Coverage
from segments.models import Segment
from segments.rules.website_limits.websites import seen_by, website_ids_of


class OfSegment(Coverage):
    """Rows about the segment in `column`, which cover the websites of that segment.

    It is unknown what a row with a deleted segment covered, so users with a limit do not see it.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def websites_of(self, row: Any) -> Collection[int]:
        segment: Segment | None = getattr(row, self.column)
        return () if segment is None else website_ids_of(segment)

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        if not is_limited(user):
            return rows
        seen = seen_by(Segment.objects.all(), user).values("pk")
        return rows.filter(**{f"{self.column}__in": seen})


class OfSegments(Coverage):
    """Segments; users with a limit see a segment if it covers a website of the limit."""

    def websites_of(self, row: Segment) -> Collection[int]:
        return website_ids_of(row)

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return seen_by(rows, user)
