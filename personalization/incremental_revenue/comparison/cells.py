"""The cells of a segmentation, and the function that finds the cells of customers.

The segments are those at the beginning of the period; the cluster is the one stored now (earlier
clusters are not kept); channel, device and traffic source are the most frequent ones of the
customer's behaviours in the 90 days before the period, so that the cell was fixed before any
customer was treated. For placements see `groups.placements_of`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Count, F

from personalization.behavior.touches import text_in
from personalization.incremental_revenue.comparison.groups import placements_of
from personalization.incremental_revenue.comparison.segment_members import members_at, require_log
from personalization.incremental_revenue.question import Question
from personalization.models import BehaviorEvent, FactDetails
from predictions.models import CustomerPrediction
from segments.models import Segment

SEGMENTATIONS = ("segment", "cluster", "channel", "device_type", "traffic_source", "placement")
# The column of a behaviour by segmentation.
OF_BEHAVIOR: Mapping[str, Any] = {
    "channel": F("channel"),
    "device_type": text_in("context", "device"),
    "traffic_source": text_in("context", "traffic_source"),
}
BEFORE = timedelta(days=90)
# Takes whether each customer (by key) is held out; returns their cells, without those in no cell.
Classes = Callable[[Mapping[int, bool]], Mapping[int, Collection[str]]]


def classes_of(segmentation: str, question: Question) -> Classes:
    """Return the function that finds the cells of customers; raises `Refused`, `not_kept`."""
    if segmentation == "segment":
        require_log(question.since)
        codes = dict(Segment.objects.filter(is_active=True).values_list("pk", "code"))
        return partial(_segments, codes, question)
    if segmentation == "cluster":
        return _clusters
    if segmentation == "placement":
        return partial(_placements, question)
    return partial(_usual, OF_BEHAVIOR[segmentation], question)


def _placements(question: Question, held_out: Mapping[int, bool]) -> Mapping[int, Collection[str]]:
    return placements_of(held_out, question)


def _segments(
    codes: Mapping[int, str], question: Question, held_out: Mapping[int, bool]
) -> Mapping[int, Collection[str]]:
    found = members_at(question.since, list(held_out), list(codes))
    return {key: [codes[one] for one in segments] for key, segments in found.items()}


def _clusters(held_out: Mapping[int, bool]) -> Mapping[int, Collection[str]]:
    rows = CustomerPrediction.objects.filter(customer__in=list(held_out)).exclude(cluster="")
    return {key: [label] for key, label in rows.values_list("customer", "cluster")}


def _usual(
    column: Any, question: Question, held_out: Mapping[int, bool]
) -> Mapping[int, Collection[str]]:
    """Return the most frequent value of the behaviours; on a tie, the first by code point."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for key, value, number in _values(column, question, list(held_out)):
        counts[key][value] += number
    return {
        key: [min((-number, value) for value, number in found.items())[1]]
        for key, found in counts.items()
    }


def _values(
    column: Any, question: Question, keys: Collection[int]
) -> Iterator[tuple[int, str, int]]:
    since = question.since - BEFORE
    for model in (BehaviorEvent, FactDetails):
        rows = model._default_manager.filter(
            customer__in=keys, occurred_at__gte=since, occurred_at__lt=question.since
        )
        named = rows.order_by().annotate(value=column).exclude(value=None).exclude(value="")
        counted = named.values("customer", "value").annotate(number=Count("pk"))
        yield from counted.values_list("customer", "value", "number")
