"""RFM: the three scores, the segment, and the buying habits."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from predictions.features.activity import (
    discount_share,
    favourite_hour,
    favourite_weekday,
    gap_days,
    orders_trend,
    overdue_ratio,
    refund_share,
)
from predictions.features.rfm import frequency_score, monetary_score, recency_score, rfm_segment
from predictions.features.subjects import Subjects
from predictions.history.columns import Column, Counts
from predictions.kinds.kind import Rules, Stored, stored_numbers
from predictions.models import Weekday

WEEKDAYS = tuple(day.value for day in Weekday)

Of = Callable[[Subjects], Sequence[Stored]]


def _whole(of: Callable[[Subjects], Counts]) -> Of:
    """Return what stores whole numbers of buyers; of others nothing is."""

    def found(them: Subjects) -> Sequence[Stored]:
        column = of(them)
        return Counts(column.numbers, column.known & them.buyers).units(0)

    return found


def _number(of: Callable[[Subjects], Column]) -> Of:
    """Return what stores fractions, of which only buyers have any."""
    return lambda them: stored_numbers(of(them))


def _segment(them: Subjects) -> Sequence[Stored]:
    return [str(code or "") for code in rfm_segment(them).given]


def _weekday(them: Subjects) -> Sequence[Stored]:
    days = favourite_weekday(them).units(0)
    return ["" if day is None else WEEKDAYS[day] for day in days]


RFM = Rules(
    "rfm",
    _("RFM and buying habits"),
    "rfm_segment",
    {
        "recency_score": _whole(recency_score),
        "frequency_score": _whole(frequency_score),
        "monetary_score": _whole(monetary_score),
        "rfm_segment": _segment,
        "orders_trend": _whole(orders_trend),
        "gap_days": _number(gap_days),
        "overdue_ratio": _number(overdue_ratio),
        "discount_share": _number(discount_share),
        "refund_share": _number(refund_share),
        "favourite_weekday": _weekday,
        "favourite_hour": _whole(favourite_hour),
    },
)
