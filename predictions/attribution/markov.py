"""Attribution by a Markov chain: a key's credit is proportional to its removal effect.

Journeys are a first-order Markov chain: from the start to the first key, from each key to the next,
and from the last key to a conversion or to none. The relative frequencies of these steps in all
journeys are the transition probabilities. The removal effect of a key is
1 - P(conversion without it) / P(conversion), where every journey that reaches the removed key ends
without a conversion. All revenue of journeys with a touch is shared in proportion to the effects.

(Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey, 2016: removal effect.)
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext

from predictions.attribution.journey import DIRECT, Journey, in_order, units_of

# The run time grows with the cube of the number of keys.
MOST_KEYS = 250
# The precision of all probabilities, and the step to which a key's share of units is rounded. The
# accumulated rounding error is below half of this step, so that shares are whole numbers, and
# remainders equal, where the exact fractions are; two different fractions differ by more.
DIGITS, FINEST = 80, Decimal("1e-30")
START = ""

Row = list[Decimal]


class TooManyKeys(ValueError):
    """There are more keys than the chain can be computed for."""


class Markov:
    """Counts the steps of journeys, and their total revenue; the journeys are not kept."""

    def __init__(self) -> None:
        # Steps from the start (True, "") or from a key (False, key) to each next key.
        self._steps = defaultdict[tuple[bool, str], Counter[str]](Counter)
        self._lost, self._converted = Counter[str](), Counter[str]()
        self._units, self._direct = 0, 0
        self._has_direct = False

    def add(self, journey: Journey) -> None:
        """Count a journey; a journey without touches and without a sale has no effect."""
        keys = [touch.key for touch in in_order(journey)]
        if not keys:
            if journey.revenue is not None:
                self._direct += units_of(journey.revenue)
                self._has_direct = True
            return
        at = (True, START)
        for key in keys:
            self._steps[at][key] += 1
            at = (False, key)
        if journey.revenue is None:
            self._lost[keys[-1]] += 1
        else:
            self._converted[keys[-1]] += 1
            self._units += units_of(journey.revenue)

    def credits(self) -> Mapping[str, int]:
        """Return the credit of each key, in units of 1/10,000.

        Raises `TooManyKeys` for more than 250 keys. The last key before a conversion always has a
        positive effect: all effects are 0 only without conversions, and then there is no revenue.
        """
        keys = sorted({key for steps in self._steps.values() for key in steps})
        if len(keys) > MOST_KEYS:
            raise TooManyKeys(f"{len(keys)} keys; {MOST_KEYS} at most")
        found = dict.fromkeys(keys, 0)
        if self._converted:
            found = dict(zip(keys, _divide_units(self._units, self._effects(keys)), strict=True))
        if self._has_direct:
            found[DIRECT] = found.get(DIRECT, 0) + self._direct
        return found

    def _effects(self, keys: Sequence[str]) -> list[Decimal]:
        """Return the effect of each key, to about `DIGITS` digits.

        N, the inverse of 1 - Q, has the expected number of visits to each key from another. With s,
        the probabilities of being the first key, c, those of converting directly after a key, and
        x = N c, those of converting at all from a key, P(conversion) = s x. A journey that converts
        through key k reaches k for the first time with probability (s N)k / Nkk, and then converts
        with probability xk. The effect of k is the share of these conversions in all.
        """
        with localcontext(prec=DIGITS):
            visits = _inverse([self._left_over(key, keys) for key in keys])
            chances = [self._chance((False, key), self._converted[key]) for key in keys]
            converts = [sum(map(Decimal.__mul__, row, chances), Decimal(0)) for row in visits]
            first = [self._chance((True, START), self._steps[True, START][key]) for key in keys]
            columns = zip(*visits, strict=True)
            come = [sum(map(Decimal.__mul__, first, column), Decimal(0)) for column in columns]
            whole = sum(map(Decimal.__mul__, first, converts), Decimal(0))
            return [come[k] / visits[k][k] * converts[k] / whole for k in range(len(keys))]

    def _left_over(self, key: str, keys: Sequence[str]) -> Row:
        """Return the row of 1 - Q for a key."""
        steps = self._steps[False, key]
        return [Decimal(other == key) - self._chance((False, key), steps[other]) for other in keys]

    def _chance(self, at: tuple[bool, str], count: int) -> Decimal:
        """Return the probability of a step that was taken `count` times from `at`."""
        is_start, key = at
        left = self._steps[at].total()
        return Decimal(count) / (
            left if is_start else left + self._lost[key] + self._converted[key]
        )


def _divide_units(units: int, effects: Sequence[Decimal]) -> list[int]:
    """Return `units` divided in proportion to `effects` by the largest-remainder method.

    Of equal remainders the earlier ones are rounded up. Like `shares.shared`, but for weights that
    are not exact.
    """
    with localcontext(prec=DIGITS):
        whole = sum(effects, Decimal(0))
        exact = [(units * effect / whole).quantize(FINEST) for effect in effects]
        parts = [int(one.to_integral_value(ROUND_FLOOR)) for one in exact]
        most_cut = sorted(range(len(exact)), key=lambda place: (parts[place] - exact[place], place))
    for place in most_cut[: units - sum(parts)]:
        parts[place] += 1
    return parts


def _inverse(rows: Sequence[Row]) -> list[Row]:
    """Return the inverse of 1 - Q by Gauss-Jordan elimination; a chain's needs no pivoting."""
    count = len(rows)
    both = [
        row + [Decimal(place == other) for other in range(count)] for place, row in enumerate(rows)
    ]
    for place in range(count):
        pivot = both[place][place]
        base = both[place] = [value / pivot for value in both[place]]
        for other, row in enumerate(both):
            factor = row[place]
            if other != place and factor:
                both[other] = [
                    value - factor * part if part else value
                    for value, part in zip(row, base, strict=True)
                ]
    return [row[count:] for row in both]
