"""`popular`: how many customers bought a SKU in the 30 days before a moment."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from personalization.recommend.history import buyers, lines_before

MONTH = timedelta(days=30)


def popularity(as_of: datetime, *, with_refusing: bool = False) -> Mapping[str, int]:
    """Return the customers of each SKU, as of an aware instant."""
    return buyers(lines_before(as_of, as_of - MONTH, with_refusing=with_refusing))
