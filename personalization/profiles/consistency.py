"""Comparison of the stored profiles with the rows from which they are computed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from core.clock import now
from customers.models import Customer, DirtyCustomer, DirtyReason
from personalization.models import WaitingProfile
from personalization.profiles.interest_baseline import batches
from personalization.profiles.writing import NOTHING, Figures, figures_of, stored_figures

# Tolerance for recomputed sums of levels, in units: rounding of floats, 1e-9 of what they come to.
ROUNDING = 1_442


@dataclass(frozen=True)
class Drift:
    """A customer (by the shop's number) whose stored figures differ from those of the rows."""

    number: str
    stored: Figures
    fresh: Figures


def drifts() -> Iterator[Drift]:
    """Yield the customers whose stored figures are wrong, by internal key; in batches.

    Customers whose profile is yet to be written are left out: changed, waiting, or with something
    that is due.
    """
    for keys in batches(Customer.objects.order_by("pk")):
        at = now()
        stored, fresh = stored_figures(keys), figures_of(keys, at)
        pending = {
            *DirtyCustomer.objects.filter(
                customer_id__in=keys, segment_id=None, reason=DirtyReason.EVENT
            ).values_list("customer_id", flat=True),
            *WaitingProfile.objects.filter(pk__in=keys).values_list("pk", flat=True),
        }
        differ = [
            key
            for key in keys
            if key not in pending
            and not _agree(stored.get(key, NOTHING), fresh.get(key, NOTHING))
            and not _is_due(stored.get(key, NOTHING), at)
        ]
        numbers = dict(Customer.objects.filter(pk__in=differ).values_list("pk", "external_id"))
        for key in differ:
            if key in numbers:
                yield Drift(numbers[key], stored.get(key, NOTHING), fresh.get(key, NOTHING))


def _agree(one: Figures, other: Figures) -> bool:
    levels = one.engagement_level, other.engagement_level
    if levels[0] is None or levels[1] is None:
        is_same = levels[0] is levels[1]
    else:
        is_same = abs(levels[0] - levels[1]) <= ROUNDING
    rest = [replace(each, engagement_level=None) for each in (one, other)]
    return is_same and rest[0] == rest[1]


def _is_due(figures: Figures, at: datetime) -> bool:
    return figures.due_at is not None and figures.due_at <= at
