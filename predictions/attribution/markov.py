"""A key gets by how many conversions there would be less if its traffic led nowhere.

Journeys are a chain of first order: from the start to the first key, from each key to the next, and
from the last one to a conversion or to nothing. How often that was done in all journeys are the
probabilities. The effect of a key is 1 - P(conversion without it) / P(conversion), where whoever
reaches the key is lost; all revenue of journeys with a touch is shared by the effects.

(Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey, 2016: removal effect.)
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext

from predictions.attribution.journey import DIRECT, Journey, in_order, units_of

# Time grows with the third power of the number of keys.
MOST_KEYS = 250
# Digits of all probabilities, and to what a key's part of all units is rounded. Less is lost on the
# way than half of that, so that parts are whole, and remainders equal, where the fractions are; two
# fractions that differ do so by more.
DIGITS, FINEST = 80, Decimal("1e-30")
START = ""

Row = list[Decimal]


class TooManyKeys(ValueError):
    """There are more keys than a chain can be worked out for."""


class Markov:
    """Counts steps; revenue and journeys are not kept."""

    def __init__(self) -> None:
        # From a key (and the start, which no key may be) to each key that came next.
        self._steps = defaultdict[tuple[bool, str], Counter[str]](Counter)
        self._lost, self._converted = Counter[str](), Counter[str]()
        self._units, self._direct = 0, 0
        self._has_direct = False

    def add(self, journey: Journey) -> None:
        """Take in a journey; one without touches and without a sale says nothing."""
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
        """Return what each key is credited with, in units of 1/10,000.

        Raises `TooManyKeys` for more than 250. All effects are 0 only where nothing converts, and
        then there is nothing to share: the last key before a conversion has an effect.
        """
        keys = sorted({key for steps in self._steps.values() for key in steps})
        if len(keys) > MOST_KEYS:
            raise TooManyKeys(f"{len(keys)} keys; {MOST_KEYS} at most")
        found = dict.fromkeys(keys, 0)
        if self._converted:
            found = dict(zip(keys, _shared(self._units, self._effects(keys)), strict=True))
        if self._has_direct:
            found[DIRECT] = found.get(DIRECT, 0) + self._direct
        return found

    def _effects(self, keys: Sequence[str]) -> list[Decimal]:
        """Return the effect of each key, to about `DIGITS` digits.

        N, the inverse of 1 - Q, has how often a key is come to from another. With s, the chances of
        being the first key, and x = N c, those of converting from each, P = s x. Whoever converts
        by way of key k comes to it once for the first time, with chance (s N)k / Nkk, and then
        converts with chance xk.
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
        """Return the row of 1 - Q of a key."""
        steps = self._steps[False, key]
        return [Decimal(other == key) - self._chance((False, key), steps[other]) for other in keys]

    def _chance(self, at: tuple[bool, str], count: int) -> Decimal:
        """Return how many of all who were there took a step that `count` took."""
        is_start, key = at
        left = self._steps[at].total()
        return Decimal(count) / (
            left if is_start else left + self._lost[key] + self._converted[key]
        )


def _shared(units: int, effects: Sequence[Decimal]) -> list[int]:
    """Return `units` cut by `effects` by largest remainder; of equal remainders the earlier ones.

    That is `shares.shared` for weights that are not known exactly.
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
    """Return the inverse of 1 - Q, by Gauss and Jordan; that of a chain needs no other pivots."""
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
