"""Counts of received behaviours by outcome, in the shared cache.

Counted by the hour, for a day. With a cache of its own (the embedded default) each web process only
knows the behaviours that it received itself.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from django.core.cache import cache

from core.clock import now
from core.gauges import Gauge
from core.load.cache_failures import cache_failures

logger = logging.getLogger(__name__)

HOURS = 24
HOUR_SECONDS = 3600
# Outcomes of a behaviour; the last four only occur for behaviours from the storefront.
DROPPED = ("no_consent", "gpc", "bot", "rate", "erased")
STOREFRONT = ("unknown_site", "unknown_visitor", "bad_token", "invalid")
OUTCOMES = ("accepted", "duplicates", *DROPPED, *STOREFRONT)


def count(outcomes: Mapping[str, int], at: datetime) -> None:
    """Count outcomes of behaviours at an aware instant; a failure of the cache is only logged."""
    try:
        for name, number in outcomes.items():
            if number:
                _count(_key(name, _hour(at)), number)
    except cache_failures():
        logger.exception("The cache does not answer; behaviours are not counted")


def of_last_day() -> Iterator[tuple[str, float | None]]:
    """Yield each outcome with its number in the 24 hours up to the end of this one."""
    hours = [_hour(now()) - back for back in range(HOURS)]
    try:
        found = cache.get_many([_key(name, hour) for name in OUTCOMES for hour in hours])
    except cache_failures():
        logger.exception("The cache does not answer; nobody knows what became of behaviours")
        return
    for name in OUTCOMES:
        yield name, sum(found.get(_key(name, hour), 0) for hour in hours)


def _count(key: str, number: int) -> None:
    cache.add(key, 0, (HOURS + 1) * HOUR_SECONDS)
    with suppress(ValueError):  # It was pushed out just now.
        cache.incr(key, number)


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // HOUR_SECONDS


def _key(name: str, hour: int) -> str:
    return f"personalization.behaviors:{name}:{hour}"


BEHAVIORS = Gauge(
    "behaviors_last_day", "Behaviours of the last 24 hours: stored or left out.", "outcome",
    of_last_day,
)  # fmt: skip
