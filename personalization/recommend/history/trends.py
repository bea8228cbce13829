"""`trending`: SKUs bought by more customers this week than in the weeks before.

score = (b - e) / sqrt(e + 1), where b counts who bought in the 7 days before `as_of`, and e, of the
28 days before those, is a quarter; where b >= 3 and the score is above 0.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import sqrt
from typing import NamedTuple

from customers.purchases import lines_before
from personalization.recommend.history.purchases import buyers

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4
FEWEST = 3


class Trend(NamedTuple):
    """The score of a SKU, and how many customers bought it in the week."""

    score: float
    buyers: int


def trends(as_of: datetime) -> Mapping[str, Trend]:
    """Return the trending SKUs at an aware instant, with their trends."""
    since = as_of - WEEK
    before = buyers(lines_before(since, since - WEEKS_BEFORE * WEEK))
    found = {
        sku: Trend(_score(count, before.get(sku, 0) / WEEKS_BEFORE), count)
        for sku, count in buyers(lines_before(as_of, since)).items()
        if count >= FEWEST
    }
    return {sku: trend for sku, trend in found.items() if trend.score > 0}


def _score(now: int, usual: float) -> float:
    return (now - usual) / sqrt(usual + 1)
