"""How many customers there are, how many of them have bought, and how much."""

from predictions.histories import Batch


class Totals:
    """Counts customers and their sales, a batch at a time; `units` is the sum of the sales."""

    def __init__(self) -> None:
        self.customers = self.buyers = self.orders = self.units = 0

    def add(self, batch: Batch) -> None:
        """Count the customers of `batch`."""
        self.customers += len(batch)
        self.buyers += int(batch.sales.buyers.sum())
        self.orders += int(batch.sales.counts.sum())
        self.units += sum(batch.sales.totals.tolist())
