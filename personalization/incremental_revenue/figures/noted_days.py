"""The noted days of a period, as JSON."""

from typing import Any

from personalization.incremental_revenue.figures.lifts import FEWEST_IN_CELL
from personalization.incremental_revenue.question import Question
from personalization.models import EngagementMetric

# The number of rows that are shown, the newest ones.
MOST_ROWS = 5_000
FIGURES = ("customers", "sessions", "activities", "score")


def day_rows(question: Question) -> list[dict[str, Any]]:
    """Return each day (local) and website with its figures, the oldest first.

    Of fewer than 10 customers the figures are None.
    """
    rows = EngagementMetric.objects.filter(
        day__gte=question.since.date(), day__lte=min(question.until, question.as_of).date()
    )
    newest = rows.order_by("-day", "website__code").select_related("website")[:MOST_ROWS]
    return [
        _metrics_as_json(row) for row in sorted(newest, key=lambda one: (one.day, one.website.code))
    ]


def _metrics_as_json(row: EngagementMetric) -> dict[str, Any]:
    is_cell = row.customers >= FEWEST_IN_CELL
    found: dict[str, Any] = {"day": row.day.isoformat(), "website": row.website.code}
    for name in FIGURES:
        value = getattr(row, name) if is_cell else None
        found[name] = value if value is None or isinstance(value, int) else f"{value:.4f}"
    return found
