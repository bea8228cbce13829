"""Engagement: how much a customer does, with older activity counting less.

raw(t) = sum of weight * 2 ** (-(t - at) / half-life) over what was done or shown by t, the ages
being exact days; score = 100 * raw / (raw + 20) (the contract, personalization.md §4).

The stored value is the level L = log2(raw) + at / half-life, `at` in days since 1970: the level
does not change while nothing happens (forward decay), so that it gives the score at every later
moment. Levels and the bounds of conditions are whole numbers of 1e-12: database, evaluator and the
search for customers who have fallen below a score compare the same whole numbers, and cannot
differ. Half a unit is less than a microsecond of decay, so that scores are compared as if they
were not rounded.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.conf import settings

from core.clock import checked_clock, now
from core.database.fields import UNITS_PER_ONE, rounded
from customers.models import Customer
from personalization.behavior.activity import Done, done_by

WHOLE, TENTH, HUNDREDTH = Decimal(1), Decimal("0.1"), Decimal("0.01")


def share_rounded(value: Decimal | float) -> Decimal:
    """Return a share with 4 decimals; a float counts as it is, digit by digit."""
    return rounded(Decimal(value))


def rounded_to(value: Decimal | float, places: Decimal) -> Decimal:
    """Return a number with as many decimals as `places` has, such as 0.1."""
    return Decimal(value).quantize(places, ROUND_HALF_UP)


# Of raw, where the score is 50.
HALFWAY = 20
MOST = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)
# A level of 1 in whole numbers.
LEVEL_UNITS = 10**12
# The rests of the scores 0 and 100, below and above those of all levels.
NOTHING_DONE, UNREACHED = -(2**64), 2**64
TEN_THOUSANDTH, MILLIONTH = Decimal("0.0001"), Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Part:
    """The contribution of one type of activity to raw: its number and its points."""

    type: str
    count: int
    points: float


@dataclass(frozen=True, slots=True)
class Engagement:
    """The engagement of a customer: total points, score (0 to 100, one decimal), and its parts."""

    raw: float
    score: Decimal
    parts: tuple[Part, ...]


def engagement(customer: Customer, *, as_of: datetime | None = None) -> Engagement:
    """Return the engagement of `customer` at `as_of` (aware, now unless given), from the rows.

    Raises ValueError for an `as_of` without a time zone or too far away.
    """
    at = now() if as_of is None else checked_clock(as_of)
    return engagement_of(done_by([customer.pk], as_of=at).get(customer.pk, ()), at)


def engagement_of(done: Collection[Done], as_of: datetime) -> Engagement:
    """Return the engagement at `as_of` of a customer with these activities, none later than
    `as_of`.
    """
    points: dict[str, list[float]] = {}
    for one in done:
        if one.weight:
            points.setdefault(one.type, []).append(_faded_weight(one, as_of))
    parts = [Part(name, len(each), math.fsum(each)) for name, each in points.items()]
    raw = math.fsum(one for each in points.values() for one in each)
    most_first = sorted(parts, key=lambda one: (-one.points, one.type))
    return Engagement(raw, score_of(raw), tuple(most_first))


def score_of(raw: float) -> Decimal:
    """Return the score of points for display: one decimal, rounded half away from 0."""
    return rounded_to(MOST * raw / (raw + HALFWAY), TENTH)


def format_points(points: float) -> str:
    """Return points as the API writes them, with six decimals."""
    return str(rounded_to(points, MILLIONTH))


def level_of(done: Collection[Done]) -> int | None:
    """Return the level of a customer with these activities, in units of 1e-12.

    None where no activity has a weight.
    """
    weighing = [one for one in done if one.weight]
    if not weighing:
        return None
    newest = max(one.at for one in weighing)
    raw = math.fsum(_faded_weight(one, newest) for one in weighing)
    return at_time(newest) + round(math.log2(raw) * LEVEL_UNITS)


def at_time(at: datetime) -> int:
    """Return how many half-lives an aware instant is after 1970, in units of 1e-12."""
    half_life: int = settings.ENGAGEMENT_HALF_LIFE_DAYS * (DAY // MICROSECOND)
    return ((at - EPOCH) // MICROSECOND * LEVEL_UNITS + half_life // 2) // half_life


def rest_at(level: int | None, at: datetime) -> int:
    """Return how far a level is above that of an aware instant: what conditions compare.

    `NOTHING_DONE` where there is no level.
    """
    return NOTHING_DONE if level is None else level - at_time(at)


@lru_cache(maxsize=10_000)
def rest_of(score: Decimal) -> int:
    """Return the rest that has exactly `score`; a greater one has a greater score.

    `NOTHING_DONE` for 0, and less for less than 0; `UNREACHED` from 100 on, which no points reach.
    """
    if score <= 0:
        return NOTHING_DONE if score == 0 else NOTHING_DONE - 1
    if score >= MOST:
        return UNREACHED
    return round(math.log2(HALFWAY * score / (MOST - score)) * LEVEL_UNITS)


def score_units(level: int | None, at: datetime) -> int:
    """Return the score of a level at `at`, rounded to units of 1/10,000."""
    return round(_score(rest_at(level, at)) * UNITS_PER_ONE)


def format_score(rest: int) -> Decimal:
    """Return the score of a rest as an explanation shows it beside what it is compared with.

    It is cut after six decimals, or after three digits where it is less than that, and never shown
    as a score of four decimals that it does not reach.
    """
    score = _score(rest)
    near = rounded_to(score, TEN_THOUSANDTH)
    if rest == rest_of(near):
        return near
    step = min(MILLIONTH, Decimal(10) ** (Decimal(score).adjusted() - 2)) if score else MILLIONTH
    cut = Decimal(score).quantize(step, ROUND_FLOOR)
    return max(cut, near) if rest > rest_of(near) else min(cut, near - step)


def _score(rest: int) -> float:
    raw = 0.0 if rest <= NOTHING_DONE else _two_to(rest)
    return MOST * raw / (raw + HALFWAY) if math.isfinite(raw) else float(MOST)


def _faded_weight(one: Done, at: datetime) -> float:
    days = (at - one.at) / DAY
    return float(one.weight) * math.pow(2.0, -days / settings.ENGAGEMENT_HALF_LIFE_DAYS)


def _two_to(rest: int) -> float:
    """Return 2 to the power of a rest in units; infinity or 0 beyond the range of a float."""
    power = rest / LEVEL_UNITS
    return math.inf if power >= 1024 else math.pow(2.0, power)
