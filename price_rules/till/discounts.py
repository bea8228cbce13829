"""The discounts of a rule on lines, in whole-number arithmetic that is exact up to the rounding."""

from collections.abc import Sequence
from decimal import Decimal

from price_rules.models import Action, CartPriceRule
from price_rules.till.amounts import UNITS_PER_ONE, round_half_up, rounded_amount, step, to_units
from price_rules.till.lines import Line


def discounts_of(rule: CartPriceRule, lines: Sequence[Line]) -> list[int]:
    """Return the discount of `rule` on each of `lines`, in units of 1/10,000.

    A discount is at most the line's remaining amount.
    """
    if rule.action == Action.FIXED_CART:
        found = _off_the_cart(rule, lines)
    else:
        value = to_units(rule.value or 0)
        found = [min(_off_a_line(rule, value, line), line.remaining) for line in lines]
    if rule.max_discount is None:
        return found
    most = to_units(rule.max_discount) // step() * step()
    return found if sum(found) <= most else divide_discount(most, found, lines)


def divide_discount(total: int, weights: Sequence[int], lines: Sequence[Line]) -> list[int]:
    """Return `total` divided over `lines` in proportion to `weights`; total <= the sum of weights.

    Shares are multiples of the smallest price; the rest goes to the largest remainders.
    """
    whole, prices = sum(weights), total // step()
    if not whole:
        return [0 for _line in lines]
    shares = [divmod(prices * weight, whole) for weight in weights]
    left = prices - sum(share for share, _remainder in shares)
    first = sorted(range(len(lines)), key=lambda at: (-shares[at][1], lines[at].rank))
    more = set(first[:left])
    return [(share + (at in more)) * step() for at, (share, _remainder) in enumerate(shares)]


def _off_the_cart(rule: CartPriceRule, lines: Sequence[Line]) -> list[int]:
    remaining = [line.remaining for line in lines]
    value = rounded_amount(rule.value or Decimal(0))
    return divide_discount(min(value, sum(remaining)), remaining, lines)


def _off_a_line(rule: CartPriceRule, value: int, line: Line) -> int:
    match rule.action:
        case Action.PERCENT:
            pieces = _discounted_quantity(rule, line)
            return round_half_up(
                line.remaining * pieces * value, line.quantity * 100 * UNITS_PER_ONE
            )
        case Action.FIXED_EACH:
            pieces = _discounted_quantity(rule, line)
            # A piece is discounted by the value or its own price, whichever is less.
            if value * line.quantity <= line.remaining * UNITS_PER_ONE:
                return round_half_up(value * pieces, UNITS_PER_ONE)
            return round_half_up(line.remaining * pieces, line.quantity)
        case Action.BUY_X_GET_Y:
            return round_half_up(line.remaining * _free(rule, line) * UNITS_PER_ONE, line.quantity)
        case _none:
            return 0


def _discounted_quantity(rule: CartPriceRule, line: Line) -> int:
    """Return the number of discounted pieces, in units of 1/10,000."""
    most = to_units(rule.most_pieces)
    return min(line.quantity, most) if most else line.quantity


def _free(rule: CartPriceRule, line: Line) -> int:
    """Return the number of free pieces of a line."""
    buy, get = rule.buy or 0, rule.get or 0
    rounds, rest = divmod(line.quantity // UNITS_PER_ONE, buy + get)
    return get * rounds + max(0, rest - buy)
