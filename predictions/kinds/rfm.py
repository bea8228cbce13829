"""RFM: the three scores, the segment, and the buying habits."""

from collections.abc import Callable

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
from predictions.features.subject import Subject
from predictions.kinds.kind import Rules, Stored, stored
from predictions.models import Weekday
from predictions.values import Value

WEEKDAYS = tuple(Weekday)


def _number(of: Callable[[Subject], Value]) -> Callable[[Subject], Stored]:
    """Return what stores a feature; of who is not a buyer nothing is."""
    return lambda one: stored(of(one)) if one.sales else None


def _weekday(one: Subject) -> str:
    day = favourite_weekday(one)
    return "" if day is None else WEEKDAYS[day].value


RFM = Rules(
    "rfm",
    _("RFM and buying habits"),
    "rfm_segment",
    {
        "recency_score": recency_score,
        "frequency_score": frequency_score,
        "monetary_score": monetary_score,
        "rfm_segment": lambda one: rfm_segment(one) or "",
        "orders_trend": _number(orders_trend),
        "gap_days": _number(gap_days),
        "overdue_ratio": _number(overdue_ratio),
        "discount_share": _number(discount_share),
        "refund_share": _number(refund_share),
        "favourite_weekday": _weekday,
        "favourite_hour": favourite_hour,
    },
)
