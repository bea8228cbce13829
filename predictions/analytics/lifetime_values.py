"""Predicted lifetime values of everybody: as they are stored, or computed as of a moment."""

from array import array
from collections import Counter
from datetime import datetime

from customers.fields import to_units
from predictions.existing import population
from predictions.histories import batches
from predictions.judges import Judge, Judged, having_seen_all
from predictions.models import CustomerPrediction

# So many rows are fetched at a time.
CHUNK = 10_000


class LifetimeValues:
    """The values of all who have one, in units, rising; how many each band has, and their sum.

    Eight bytes a customer are kept, nothing else about anybody.
    """

    def __init__(self) -> None:
        self.amounts = array("q")
        self.customers = Counter[str]()
        self.units = Counter[str]()

    def add(self, units: int, band: str) -> None:
        """Take in the value of a customer."""
        self.amounts.append(units)
        self.customers[band] += 1
        self.units[band] += units


def stored_values() -> LifetimeValues:
    """Return what is stored."""
    found = LifetimeValues()
    rows = CustomerPrediction.objects.filter(clv__isnull=False).order_by("clv")
    for value, band in rows.values_list("clv", "value_band").iterator(CHUNK):
        assert value is not None
        found.add(to_units(value), band)
    return found


def computed_values(judge: Judge, as_of: datetime) -> LifetimeValues:
    """Return what the version of `judge` says as of an aware instant."""
    found = LifetimeValues()
    (judge,) = having_seen_all([judge], as_of)
    for batch in batches(population(as_of), as_of):
        columns = Judged(batch).columns(judge)
        for units, band in zip(columns["clv"], columns["value_band"], strict=True):
            if isinstance(units, int):
                found.add(units, str(band))
    found.amounts = array("q", sorted(found.amounts))
    return found
