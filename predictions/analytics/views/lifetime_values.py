"""Predicted lifetime values of everybody: as they are stored, or computed as of a moment."""

from array import array
from collections import Counter
from datetime import datetime

import numpy as np
from django.db.models import Count, Sum

from conditions.sql.row_arrays import whole_rows
from core.database.fields import to_units
from predictions.history.batches import batches
from predictions.history.population import population
from predictions.history.raw_columns import Units
from predictions.models import CustomerPrediction
from predictions.scoring.deployed_scorers import Judge, Judged
from predictions.scoring.population_pass import Look


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
    """Return the lifetime values of the stored scores."""
    found, rows = LifetimeValues(), CustomerPrediction.objects.filter(clv__isnull=False)
    (amounts,) = whole_rows(rows.values_list(Units("clv")), 1)
    found.amounts.frombytes(np.sort(amounts).tobytes())
    of_bands = rows.order_by().values_list("value_band").annotate(_n=Count("pk"), _sum=Sum("clv"))
    for band, count, total in of_bands:
        found.customers[band] = count
        found.units[band] = to_units(total)
    return found


def computed_values(judge: Judge, as_of: datetime) -> LifetimeValues:
    """Compute the lifetime values by the version of `judge` as of an aware instant."""
    found = LifetimeValues()
    look = Look([judge], as_of)
    look.see()
    (judge,) = look.judges()
    for batch in batches(population(as_of), as_of):
        columns = Judged(batch).columns(judge)
        for units, band in zip(columns["clv"], columns["value_band"], strict=True):
            if isinstance(units, int):
                found.add(units, str(band))
    found.amounts = array("q", sorted(found.amounts))
    return found
