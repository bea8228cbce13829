"""The cart that the till gives: columns and items as for a live check, and the shipping amount."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.evaluator.given_cart import GivenCart, given_cart
from core.database.fields import AMOUNT_LIMIT
from core.problems import Problem
from core.text.exact_numbers import BadValue, number_of
from customers.models import CartItem
from price_rules.till.amounts import rounded_amount, to_units
from price_rules.till.lines import Line

SHIPPING = "shipping_amount"


@dataclass(frozen=True)
class TillCart:
    """A parsed cart with its top-level lines; `shipping` is in units of 1/10,000."""

    given: GivenCart
    lines: list[Line]
    shipping: int

    @property
    def subtotal(self) -> int:
        """The sum of the row totals before any discount, in units of 1/10,000."""
        return sum(line.row_total for line in self.lines)


def till_cart(raw: Any, *, as_of: datetime) -> TillCart:
    """Return the parsed cart. Raises `InvalidTree` with all problems and their paths.

    Negative amounts are refused, since a line below 0 would be paid for by other lines.
    """
    shipping, problems = Decimal(0), []
    if isinstance(raw, Mapping):
        raw = dict(raw)
        try:
            if (given := raw.pop(SHIPPING, None)) not in (None, ""):
                shipping = _amount(number_of(given))
        except BadValue as error:
            problems.append(Problem(f"cart.{SHIPPING}", error.code, error.message))
    try:
        cart = given_cart(raw, as_of=as_of)
    except InvalidTree as error:
        raise InvalidTree([*error.problems, *problems]) from error
    lines = []
    for index, (row, item) in enumerate(zip(raw.get("items") or (), cart.items, strict=True)):
        if item.parent is not None or item.quantity <= 0:
            continue
        try:
            total = rounded_amount(_amount(_row_total(row, item)))
        except BadValue as error:
            name = "row_total" if _has(row, "row_total") else "price"
            problems.append(Problem(f"cart.items[{index}].{name}", error.code, error.message))
            continue
        number = row["line"] if _has(row, "line") else index + 1
        lines.append(Line(number, item, total, to_units(item.quantity), total))
    if problems:
        raise InvalidTree(problems)
    return TillCart(cart, lines, rounded_amount(shipping))


def _row_total(row: Mapping[str, Any], item: CartItem) -> Decimal:
    if _has(row, "row_total"):
        return Decimal(item.row_total or 0)
    # Compute from quantity and price, to round once: the column is rounded to 4 decimals.
    return Decimal(item.quantity * (item.price or 0))


def _has(row: Mapping[str, Any], key: str) -> bool:
    return row.get(key) not in (None, "")


def _amount(amount: Decimal) -> Decimal:
    if not 0 <= amount <= AMOUNT_LIMIT:
        raise BadValue("out_of_range", _("The amount must lie from 0 to 1,000,000,000."))
    return amount
