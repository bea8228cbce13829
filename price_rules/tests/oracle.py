"""The contract's arithmetic once more, slowly and by fractions, for comparison."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor


@dataclass
class OracleLine:
    place: int
    sku: str
    quantity: Fraction
    row_total: Fraction
    left: Fraction = field(init=False)

    def __post_init__(self):
        self.row_total = to_prices(self.row_total)
        self.left = self.row_total

    @property
    def tie(self):
        return (self.sku, -self.row_total, -self.quantity, self.place)


def to_prices(amount):
    """Round to cents, half away from zero (nothing here is below it)."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def largest_remainder(total, weights, lines):
    whole = sum(weights)
    if not whole:
        return [Fraction(0)] * len(lines)
    exact = [total * weight / whole for weight in weights]
    shares = [Fraction(floor(one * 100), 100) for one in exact]
    while sum(shares) < total:
        at = min(
            (place for place in range(len(lines)) if exact[place] > shares[place]),
            key=lambda place: (shares[place] - exact[place], lines[place].tie),
        )
        shares[at] += Fraction(1, 100)
        # It has had its turn.
        exact[at] = shares[at]
    return shares


def discounts(rule, lines):
    value = Fraction(rule.get("value") or 0)
    most = Fraction(rule.get("max_quantity") or 0)
    found = []
    for line in lines:
        pieces = min(line.quantity, most) if most else line.quantity
        price = line.left / line.quantity
        if rule["action"] == "percent":
            exact = line.left * pieces / line.quantity * value / 100
        elif rule["action"] == "fixed_each":
            exact = min(value, price) * pieces
        elif rule["action"] == "buy_x_get_y":
            x, y, n = rule["buy"], rule["get"], floor(line.quantity)
            exact = price * (y * (n // (x + y)) + max(0, n % (x + y) - x))
        else:
            exact = Fraction(0)
        found.append(min(to_prices(exact), line.left))
    if rule["action"] == "fixed_cart":
        left = [line.left for line in lines]
        found = largest_remainder(min(to_prices(value), sum(left)), left, lines)
    cap = rule.get("max_discount")
    if cap is not None and sum(found) > cap:
        found = largest_remainder(Fraction(floor(Fraction(cap) * 100), 100), found, lines)
    return found


def evaluate(rules, rows):
    """Return the discount of each line, and what became of each rule."""
    lines = [
        OracleLine(place, sku, Fraction(quantity), Fraction(quantity) * Fraction(price))
        for place, (sku, quantity, price) in enumerate(rows)
    ]
    subtotal = sum(line.row_total for line in lines)
    became, ships, stopped = {}, False, False
    for rule in sorted(rules, key=lambda one: (one["priority"], one["code"])):
        if stopped:
            became[rule["code"]] = "stopped"
            continue
        if (rule.get("min_subtotal") or 0) > subtotal:
            became[rule["code"]] = "min_subtotal"
            continue
        chosen = [line for line in lines if rule.get("sku") in (None, line.sku)]
        left = [line for line in chosen if line.left > 0]
        if not chosen:
            became[rule["code"]] = "no_lines"
            continue
        amounts = discounts(rule, left)
        if not sum(amounts) and not (rule["free_shipping"] and not ships):
            became[rule["code"]] = "nothing_left"
            continue
        ships = ships or rule["free_shipping"]
        for line, amount in zip(left, amounts, strict=True):
            line.left -= amount
        became[rule["code"]] = Decimal(str(float(round(sum(amounts), 2)))).quantize(Decimal("0.01"))
        stopped = rule["stop_further_rules"]
    return [line.row_total - line.left for line in lines], became, ships
