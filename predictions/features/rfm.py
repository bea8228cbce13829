"""Recency, frequency, monetary: who bought lately, often, for much; five parts of the buyers."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext_lazy as _

from core.database.fields import UNITS_PER_ONE
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.subjects import Subjects
from predictions.history.columns import Counts, Given, Quotients, Whole
from predictions.statistics.ranks import PARTS, scores

# Each segment's scores of recency and frequency; the first segment that fits counts (contract,
# section 2).
SEGMENTS = (
    ("champions", {5}, {4, 5}),
    ("loyal", {3, 4}, {4, 5}),
    ("potential_loyalists", {4, 5}, {2, 3}),
    ("new_customers", {5}, {1}),
    ("promising", {4}, {1}),
    ("need_attention", {3}, {3}),
    ("about_to_sleep", {3}, {1, 2}),
    ("cannot_lose", {1, 2}, {5}),
    ("at_risk", {1, 2}, {3, 4}),
    ("hibernating", {1, 2}, {1, 2}),
)


def complete_counts(numbers: Whole) -> Counts:
    """Return whole numbers without missing values."""
    return Counts(numbers, np.ones(len(numbers), dtype=np.bool_))


def recency_days(them: Subjects) -> Counts:
    """Return the days since the last sale."""
    return Counts(them.recency, them.buyers)


def recency_score(them: Subjects) -> Counts:
    """Return the score of recency: 5 for the fifth that bought last."""
    return Counts(scores(-them.recency, them.shop.recency), them.buyers)


def frequency_score(them: Subjects) -> Counts:
    """Return the score of frequency: 5 for the fifth that bought most often."""
    return Counts(scores(them.sales.counts, them.shop.frequency), them.buyers)


def monetary_score(them: Subjects) -> Counts:
    """Return the score of monetary: 5 for the fifth that spent most."""
    return Counts(scores(them.sales.totals, them.shop.monetary), them.buyers)


def rfm_segment(them: Subjects) -> Given:
    """Return the code of the RFM segment; None for a customer who is not a buyer."""
    pairs = zip(recency_score(them).units(0), frequency_score(them).units(0), strict=True)
    return Given([SEGMENT_OF.get(pair) for pair in pairs])


def segment_of(recency: int, frequency: int) -> str:
    """Return the code of the segment of two scores."""
    return next(
        code for code, first, second in SEGMENTS if recency in first and frequency in second
    )


SEGMENT_OF: Mapping[tuple[int | None, int | None], str] = {
    (recency, frequency): segment_of(recency, frequency)
    for recency in range(1, PARTS + 1)
    for frequency in range(1, PARTS + 1)
}


def monetary(them: Subjects) -> Quotients:
    """Return the sum of the sales, in money."""
    return in_money(them.sales.totals)


def in_money(units: Whole) -> Quotients:
    """Return units as money."""
    return Quotients(units, np.full(len(units), UNITS_PER_ONE), np.ones(len(units), dtype=np.bool_))


RFM = FeatureSet(
    "rfm",
    (
        Feature("recency_days", _("Days since the last sale"), recency_days),
        Feature("frequency", _("Number of sales"), lambda them: complete_counts(them.sales.counts)),
        Feature("monetary", _("Sum of the sales"), monetary, ValueKind.NUMBER, is_money=True),
        Feature("recency_score", _("Recency score, 1 to 5"), recency_score),
        Feature("frequency_score", _("Frequency score, 1 to 5"), frequency_score),
        Feature("monetary_score", _("Monetary score, 1 to 5"), monetary_score),
        Feature("rfm_segment", _("RFM segment"), rfm_segment, ValueKind.CODE),
    ),
)
