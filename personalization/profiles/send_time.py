"""At which hour a customer is best written to: when they are active, or all of the website are.

p(h) = (n_h + 10 s_h) / (n + 10), n_h being the customer's activity of the last 180 days in the
local hour h, s_h the share of that hour in the activity of all (the contract, personalization.md
§4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

PRIOR = 10


@dataclass(frozen=True, slots=True)
class SendTime:
    """The hour (0 to 23, of the website's clock), and its share of the activity, 0 to 1."""

    hour: int
    confidence: float


def send_time(counts: Sequence[int], of_all: Sequence[float]) -> SendTime:
    """Return the hour with the largest share, the earliest of equal ones."""
    whole = sum(counts) + PRIOR
    shares = [(count + PRIOR * share) / whole for count, share in zip(counts, of_all, strict=True)]
    hour = max(range(len(shares)), key=lambda one: (shares[one], -one))
    return SendTime(hour, shares[hour])
