"""How many calls ran a model lately, and how long they took; counted in the shared cache.

Counters are kept for a day, by hour and by class of duration, so that a reported time is the upper
bound of its class. Where each web process has a cache of its own (the embedded default), a process
counts only the calls that it answered itself.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from core.load.cache_failures import cache_failures

logger = logging.getLogger(__name__)

HOURS = 24
# Six classes per power of ten, from 1 ms to 70 s (the last limit); a last class for all above.
STEPS = (1, 1.5, 2, 3, 5, 7)
MILLISECONDS = tuple(step * 10**power for power in range(5) for step in STEPS)
ERRORS, REFUSED = "errors", "refused"
# Counters expire once no query covers their hour any more.
KEPT = timedelta(hours=HOURS + 1)


@dataclass(frozen=True)
class Calls:
    """The calls of one name: their number, and how many failed (5xx) or were refused (4xx).

    `p50_ms`, `p95_ms`: 50th and 95th percentile of the durations in milliseconds; None without
    calls, and where the percentile is above the largest limit.
    """

    call: str
    requests: int
    errors: int
    refused: int
    p50_ms: float | None
    p95_ms: float | None


def note(call: str, at: datetime, seconds: float, status: int) -> None:
    """Count a call that ended at an aware instant after so many seconds, with an HTTP status.

    A call is not counted while the cache does not answer.
    """
    names = [_class_of(seconds * 1000)]
    if status >= 400:
        names.append(ERRORS if status >= 500 else REFUSED)
    try:
        for name in names:
            _count(_key(call, _hour(at), name))
    except cache_failures():
        logger.exception("The cache does not answer; calls are not counted")


def calls(names: Sequence[str], at: datetime) -> list[Calls]:
    """Return the counts of 24 clock hours, the last of which contains the aware instant `at`.

    Return an empty list if the cache does not answer.
    """
    hours = [_hour(at) - back for back in range(HOURS)]
    classes = [*map(str, range(len(MILLISECONDS) + 1)), ERRORS, REFUSED]
    keys = [_key(call, hour, one) for call in names for hour in hours for one in classes]
    try:
        found = cache.get_many(keys)
    except cache_failures():
        logger.exception("The cache does not answer; nobody knows how many calls there were")
        return []
    counts = {
        (call, one): sum(found.get(_key(call, hour, one), 0) for hour in hours)
        for call in names
        for one in classes
    }
    return [_call_statistics(call, {one: counts[call, one] for one in classes}) for call in names]


def _count(key: str) -> None:
    cache.add(key, 0, KEPT.total_seconds())
    try:
        cache.incr(key)
    except ValueError:  # The key expired after `add`.
        cache.set(key, 1, KEPT.total_seconds())


def _call_statistics(call: str, counts: Mapping[str, int]) -> Calls:
    by_class = [counts[str(place)] for place in range(len(MILLISECONDS) + 1)]
    percentiles = (_percentile(by_class, percent) for percent in (50, 95))
    return Calls(call, sum(by_class), counts[ERRORS], counts[REFUSED], *percentiles)


def _percentile(by_class: Sequence[int], percent: int) -> float | None:
    """Return the upper bound of the class that has the nearest-rank percentile."""
    place, seen = -(-sum(by_class) * percent // 100), 0
    for limit, count in zip(MILLISECONDS, by_class, strict=False):
        seen += count
        if 0 < place <= seen:
            return float(limit)
    return None


def _class_of(milliseconds: float) -> str:
    return str(sum(limit < milliseconds for limit in MILLISECONDS))


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def _key(call: str, hour: int, name: str) -> str:
    return f"predictions.calls:{call}:{hour}:{name}"
