"""Customers as features see them: what exists about them, and about the shop as a whole."""

from collections.abc import Sequence
from functools import cached_property

from predictions.features.shop import ShopFigures
from predictions.history.batches import Batch, Sales
from predictions.history.columns import Mask, Whole
from predictions.history.product_lines import Purchases


class Subjects:
    """The customers of a batch at its `as_of`; days are their numbers, money units of 1/10,000."""

    def __init__(self, batch: Batch, shop: ShopFigures) -> None:
        self.batch = batch
        self.shop = shop

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def todays(self) -> Whole:
        """Each customer's day at `as_of`."""
        return self.batch.todays

    @property
    def sales(self) -> Sales:
        """The customers' sales."""
        return self.batch.sales

    @property
    def buyers(self) -> Mask:
        """Whether each customer has bought."""
        return self.sales.buyers

    @cached_property
    def recency(self) -> Whole:
        """The days since the last sale; meaningless for customers without a sale."""
        return self.todays - self.sales.last_days

    @cached_property
    def days_ago(self) -> Whole:
        """The age of each sale in days."""
        return self.todays[self.sales.owners] - self.sales.days

    @cached_property
    def purchases(self) -> Sequence[Purchases]:
        """The lines of each customer's orders and refunds, without lines that are no products."""
        return [Purchases(lines) for lines in self.batch.lines]

    def sales_ago(self, first: int, last: int) -> Mask:
        """Return which sales are `first` to `last` days ago, both included."""
        return (first <= self.days_ago) & (self.days_ago <= last)
