"""A question about incremental revenue: its period, customers and basis."""

from dataclasses import dataclass
from datetime import datetime

from personalization.incremental_revenue.campaigns import Campaign
from segments.models import Segment

BASES = ELIGIBLE, EXPOSED = "eligible", "exposed"


@dataclass(frozen=True)
class Question:
    """Sales created from `since` until just before `until`, as they exist `as_of` (all aware).

    `segment` and `campaign` narrow the customers; None: all eligible customers.
    """

    since: datetime
    until: datetime
    as_of: datetime
    segment: Segment | None = None
    campaign: Campaign | None = None
    basis: str = ELIGIBLE
