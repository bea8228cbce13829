"""The lines of a cart while rules take from them."""

from dataclasses import dataclass
from typing import Any

from customers.models import CartItem


@dataclass(eq=False)
class Line:
    """A top-level line; amounts and quantity are whole numbers of 1/10,000.

    `number` is how the till calls the line; `remaining` is what the rules so far have left.
    """

    number: Any
    item: CartItem
    row_total: int
    quantity: int
    remaining: int

    @property
    def rank(self) -> tuple[Any, ...]:
        """Which of several lines with equal remainders comes first."""
        text = str(self.number)
        # "10" comes after "9", and what is no number after all that are.
        place = (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)
        return (self.item.sku, -self.row_total, -self.quantity, place)
