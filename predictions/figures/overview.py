"""Overview of the population: its customers and their sales, for the views of sales."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from predictions.figures.rfm_grid import RfmGrid
from predictions.history.batches import Batch
from predictions.history.cohorts import BYS, By, CohortCounts


class Counting:
    """Counts customers and their sales, a batch at a time; several instances can be joined."""

    def __init__(self) -> None:
        self.customers = 0
        self.cohorts: Mapping[By, CohortCounts] = {by: CohortCounts(by) for by in BYS}

    def add(self, batch: Batch) -> None:
        """Count the customers of `batch`."""
        self.customers += len(batch)
        for counts in self.cohorts.values():
            counts.add(batch)

    def as_json(self) -> dict[str, Any]:
        """Return all counts as JSON for `join`."""
        cohorts = {by: counts.as_json() for by, counts in self.cohorts.items()}
        return {"customers": self.customers, "cohorts": cohorts}

    def join(self, others: Mapping[str, Any]) -> None:
        """Add the counts that another instance returned from `as_json`."""
        self.customers += others["customers"]
        for by, counts in self.cohorts.items():
            counts.join(others["cohorts"][by])


@dataclass(frozen=True, eq=False)
class Overview:
    """The counts of the population, and the RFM grid."""

    counted: Counting
    grid: RfmGrid

    def as_json(self) -> dict[str, Any]:
        """Return the overview as JSON for `of_json`."""
        return {"counted": self.counted.as_json(), "grid": asdict(self.grid)}

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> "Overview":
        """Return the overview that `as_json` returned as `document`."""
        counted = Counting()
        counted.join(document["counted"])
        return cls(counted, RfmGrid(**document["grid"]))
