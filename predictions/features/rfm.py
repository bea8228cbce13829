"""Recency, frequency, monetary: who bought lately, often, for much; five parts of the buyers."""

from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from customers.fields import UNITS_PER_ONE
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.subject import Subject
from predictions.ranks import score

# Which scores of recency and frequency a segment has; the first that fits (contract, section 2).
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


def recency_score(one: Subject) -> int | None:
    """Return the score of recency: 5 for the fifth that bought last."""
    return None if one.recency is None else score(-one.recency, one.shop.recency)


def frequency_score(one: Subject) -> int | None:
    """Return the score of frequency: 5 for the fifth that bought most often."""
    return score(len(one.sales), one.shop.frequency) if one.sales else None


def monetary_score(one: Subject) -> int | None:
    """Return the score of monetary: 5 for the fifth that spent most."""
    return score(one.monetary, one.shop.monetary) if one.sales else None


def rfm_segment(one: Subject) -> str | None:
    """Return the code of the RFM segment; None for who is not a buyer."""
    return segment_of(recency_score(one), frequency_score(one))


def segment_of(recency: int | None, frequency: int | None) -> str | None:
    """Return the code of the segment of two scores; None where they are."""
    return next(
        (code for code, first, second in SEGMENTS if recency in first and frequency in second), None
    )


RFM = FeatureSet(
    "rfm",
    (
        Feature("recency_days", _("Days since the last sale"), lambda one: one.recency),
        Feature("frequency", _("Number of sales"), lambda one: len(one.sales)),
        Feature(
            "monetary",
            _("Sum of the sales"),
            lambda one: Fraction(one.monetary, UNITS_PER_ONE),
            ValueKind.NUMBER,
        ),
        Feature("recency_score", _("Recency score, 1 to 5"), recency_score),
        Feature("frequency_score", _("Frequency score, 1 to 5"), frequency_score),
        Feature("monetary_score", _("Monetary score, 1 to 5"), monetary_score),
        Feature("rfm_segment", _("RFM segment"), rfm_segment, ValueKind.CODE),
    ),
)
