"""Value bands and RFM segments as of the last scoring, each with the rule that makes it a segment.

Counts, sums and means are those of the stored views `clv` and `rfm`, and of nobody since.
"""

from collections.abc import Callable, Sequence

from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data, share
from predictions.analytics.parts.figures import (
    MEAN_CLV_OF_SEGMENTS,
    SALES_OF_BANDS,
    stored_figures,
)
from predictions.analytics.parts.selection import (
    APPLIES_TO,
    Condition,
    all_of,
    of_band,
    of_rfm_segment,
)
from predictions.models import RfmSegment, ValueBand

HEAD = ("as_of", "version", "is_stale", "reason")


def parts() -> Data:
    """Return both, JSON but for `as_of`, which is an aware instant or None.

    Labels are in the language that is active. Without a scoring there are none, and a `reason`.
    """
    clv, rfm, beside = view_of("clv"), view_of("rfm"), stored_figures()
    sales, means = beside.get(SALES_OF_BANDS, {}), beside.get(MEAN_CLV_OF_SEGMENTS, {})
    bands = [
        (one["band"], one["count"], sales.get(one["band"]), one["mean"]) for one in clv["bands"]
    ]
    segments = [
        (one["segment"], one["customers"], one["sales"], means.get(one["segment"]))
        for one in rfm["segments"]
    ]
    return {
        "clv": _head(clv, clv["count"]),
        "rfm": _head(rfm, rfm["customers"]),
        "warnings": clv["warnings"],
        "applies_to": APPLIES_TO,
        "value_bands": [_part(one, clv["count"], ValueBand, of_band) for one in bands],
        "rfm_segments": [
            _part(one, rfm["customers"], RfmSegment, of_rfm_segment) for one in segments
        ],
    }


def _head(view: Data, count: int | None) -> Data:
    return {name: view[name] for name in HEAD} | {"count": count}


def _part(
    figures: tuple[str, int, str | None, str | None],
    scored: int,
    words: type[ValueBand | RfmSegment],
    rule: Callable[[str], Sequence[Condition]],
) -> Data:
    code, count, sales, mean_clv = figures
    return {
        "code": code,
        "label": str(words(code).label),
        "count": count,
        "sales": sales,
        "mean_clv": mean_clv,
        "share": share(count, scored),
        "conditions": all_of(rule(code)),
    }
