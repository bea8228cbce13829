"""The lines of a cart during an evaluation."""

from dataclasses import dataclass
from typing import Any

from customers.models import CartItem


@dataclass(eq=False)
class Line:
    """A top-level line; amounts and quantity are whole numbers of 1/10,000.

    `number` is the till's identifier of the line; `remaining` is the amount left after the
    discounts of the rules applied so far.
    """

    number: Any
    item: CartItem
    row_total: int
    quantity: int
    remaining: int

    @property
    def rank(self) -> tuple[Any, ...]:
        """The sort key that decides between lines with equal remainders."""
        text = str(self.number)
        # Numbers sort by value ("10" after "9"), and before all texts that are no numbers.
        place = (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)
        return (self.item.sku, -self.row_total, -self.quantity, place)
