"""One customer as features see them: what exists about them, and about the shop as a whole."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from predictions.histories import Batch, CustomerToday, Line, Sale, days_of, sum_of
from predictions.lines import is_product
from predictions.shop_figures import ShopFigures


class Subject:
    """A customer at `as_of`; days are their numbers in the calendar, money units of 1/10,000."""

    def __init__(self, person: CustomerToday, batch: Batch, shop: ShopFigures) -> None:
        self.person = person
        self.batch = batch
        self.shop = shop

    @property
    def as_of(self) -> datetime:
        """The moment."""
        return self.batch.as_of

    @property
    def today(self) -> int:
        """The customer's day at `as_of`."""
        return self.person.today

    @cached_property
    def sales(self) -> Sequence[Sale]:
        """The sales, in the order of time."""
        return self.batch.sales.get(self.person.key, ())

    @cached_property
    def purchase_days(self) -> Sequence[int]:
        """The different days with a sale, in order."""
        return days_of(self.sales)

    @cached_property
    def recency(self) -> int | None:
        """Days since the last sale."""
        return self.today - self.purchase_days[-1] if self.sales else None

    @cached_property
    def monetary(self) -> int:
        """The sum of the sales, in units."""
        return sum_of(self.sales)

    @cached_property
    def refunds(self) -> Sequence[int]:
        """The amounts of the refunds, in units."""
        return self.batch.refunds.get(self.person.key, ())

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The lines of orders and refunds, those left out that are no products."""
        return [line for line in self.batch.lines.get(self.person.key, ()) if is_product(line)]

    @property
    def has_been_seen(self) -> bool:
        """Whether there is a view, a cart, a wish or a log-in."""
        return self.person.key in self.batch.seen

    def sales_ago(self, first: int, last: int) -> list[Sale]:
        """Return the sales that are `first` to `last` days ago, both included."""
        return [sale for sale in self.sales if first <= self.today - sale.day <= last]
