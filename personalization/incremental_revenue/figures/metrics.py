"""The metrics by name: for all customers, and for each cell where the metric can be split.

A figure of a cell with fewer than 10 customers is None. A metric that cannot be split by a
segmentation has no cells.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from personalization.behavior.touches import PERSONALIZATION, placement_campaign
from personalization.incremental_revenue.comparison.cells import SEGMENTATIONS, Classes, classes_of
from personalization.incremental_revenue.comparison.outcomes import WHOLE, Beside, Cells, outcomes
from personalization.incremental_revenue.figures import counts, lifts
from personalization.incremental_revenue.figures.counts import Counted
from personalization.incremental_revenue.figures.noted_days import day_rows
from personalization.incremental_revenue.question import Question
from predictions.analytics.views.attribution import attribution

Data = dict[str, Any]
ALL = SEGMENTATIONS


class Measuring:
    """The data for one question; each part is read once and only if needed."""

    def __init__(
        self, question: Question, model: str, segmentation: str, *, with_engagement: bool
    ) -> None:
        self.question, self.model, self.segmentation = question, model, segmentation
        self._with_engagement = with_engagement

    @cached_property
    def classes(self) -> Classes | None:
        """A function that returns the cells of customers; None without a segmentation."""
        return classes_of(self.segmentation, self.question) if self.segmentation else None

    @cached_property
    def beside(self) -> Cells:
        """The outcomes of the treated and the holdout group by cell."""
        return outcomes(self.question, self.classes, with_engagement=self._with_engagement)

    @cached_property
    def recommended(self) -> Mapping[str | None, Counted]:
        """The revenue of clicked recommendations in units: of all customers (`WHOLE`), of cells."""
        return counts.recommended_revenue(self.question, self.classes)

    def credits(self, by: str) -> Data:
        """Return the credits of the revenue of the period."""
        asked = {
            "model": self.model,
            "by": by,
            "from": self.question.since,
            "to": self.question.until,
        }
        return attribution(asked, self.question.as_of)


Whole = Callable[[Measuring], Any]
InCells = Callable[[Measuring], Mapping[str, Any]]


@dataclass(frozen=True)
class Metric:
    """A metric: its functions for all customers and for cells, and the possible segmentations."""

    whole: Whole
    cells: InCells | None = None
    segmentations: tuple[str, ...] = ()
    needs_engagement: bool = False


def _comparison_metric(show: Callable[[Measuring, Beside], Any], **more: Any) -> Metric:
    """Return a metric that compares the treated with the holdout group."""

    def whole(measuring: Measuring) -> Any:
        return show(measuring, measuring.beside[WHOLE])

    def cells(measuring: Measuring) -> Mapping[str, Any]:
        return {
            key: show(measuring, one) if one.fewest >= lifts.FEWEST_IN_CELL else None
            for key, one in measuring.beside.items()
            if key is not WHOLE
        }

    return Metric(whole, cells, ALL, **more)


def _exposures(measuring: Measuring) -> Data:
    question = measuring.question
    found = counts.count_rows_and_customers(counts.exposures(question))
    return _count_as_json(found) | {
        "defaults": counts.count_rows_and_customers(counts.defaults(question)).count,
        "untracked": counts.count_untracked(question),
    }


def _clicks(measuring: Measuring) -> Data:
    return _count_as_json(counts.count_rows_and_customers(counts.clicks(measuring.question)))


def _told_apart(rows: Callable[[Question], Any], columns: Mapping[str, Any]) -> InCells:
    """Return the counts of rows by a column of the rows, or by the cells of their customers."""

    def cells(measuring: Measuring) -> Mapping[str, Any]:
        found = rows(measuring.question)
        column = columns.get(measuring.segmentation)
        if column is not None:
            numbers = counts.by_column(found, column)
        else:
            assert measuring.classes is not None
            numbers = counts.by_class(found, measuring.classes)
        return {
            key: _count_as_json(one) if one.customers >= lifts.FEWEST_IN_CELL else None
            for key, one in numbers.items()
        }

    return cells


def _count_as_json(found: Counted) -> Data:
    return {"count": found.count, "customers": found.customers}


def _credit_of_channel(measuring: Measuring) -> Data:
    found = measuring.credits("channel")
    credits = {row["key"]: row["credit"] for row in found["rows"]}
    return {
        "value": credits.get(PERSONALIZATION, "0.0000"),
        "revenue": found["revenue"],
        "model": found["model"],
    }


def _credits(measuring: Measuring) -> Mapping[str, Any]:
    if measuring.segmentation == "channel":
        rows = measuring.credits("channel")["rows"]
        return {row["key"]: {"value": row["credit"]} for row in rows}
    begins = placement_campaign("")
    return {
        row["key"].removeprefix(begins): {"value": row["credit"]}
        for row in measuring.credits("campaign")["rows"]
        if row["key"].startswith(begins)
    }


def _recommended_revenue(measuring: Measuring) -> Data:
    return _revenue_as_json(measuring.recommended[WHOLE])


def _recommended_in_cells(measuring: Measuring) -> Mapping[str, Any]:
    return {
        key: _revenue_as_json(one) if one.customers >= lifts.FEWEST_IN_CELL else None
        for key, one in measuring.recommended.items()
        if key is not WHOLE
    }


def _revenue_as_json(found: Counted) -> Data:
    return {"value": lifts.money(Fraction(found.count)), "customers": found.customers}


def _roi(measuring: Measuring, beside: Beside) -> str | None:
    campaign = measuring.question.campaign
    return lifts.roi(beside, None if campaign is None else campaign.cost)


METRICS: Mapping[str, Metric] = {
    "engagement_lift": _comparison_metric(
        lambda _measuring, beside: lifts.engagement_lift(beside), needs_engagement=True
    ),
    "conversion_lift": _comparison_metric(lambda _measuring, beside: lifts.conversion_lift(beside)),
    "revenue_lift": _comparison_metric(lambda _measuring, beside: lifts.revenue_lift(beside)),
    "exposures": Metric(_exposures, _told_apart(counts.exposures, counts.OF_EXPOSURE), ALL),
    "clicks": Metric(_clicks, _told_apart(counts.clicks, counts.OF_CLICK), ALL),
    "attributed_revenue": Metric(_credit_of_channel, _credits, ("channel", "placement")),
    "incremental_revenue": _comparison_metric(
        lambda measuring, beside: lifts.incremental_revenue(beside, measuring.question.basis)
    ),
    # The cost is that of the whole campaign.
    "roi": Metric(lambda measuring: _roi(measuring, measuring.beside[WHOLE])),
    "recommendation_revenue": Metric(
        _recommended_revenue, _recommended_in_cells, tuple(one for one in ALL if one != "placement")
    ),
    "engagement": Metric(lambda measuring: day_rows(measuring.question)),
}
