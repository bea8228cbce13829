"""What is true of the shop as a whole as of a moment, and judges each customer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from predictions.histories import Batch, Line, days_of, sum_of
from predictions.lines import is_product
from predictions.ranks import limits, nearest_rank

# Days within which somebody who buys again has bought again, at least and at most.
SHORTEST_WINDOW, LONGEST_WINDOW = 14, 365


@dataclass(frozen=True)
class ShopFigures:
    """Figures of all buyers of the population.

    From which value on the scores 2 to 5 are given (`predictions.ranks.limits`): of recency in
    days, negative so that more is better; of frequency; of monetary in units. `median_gap`,
    `window_days`: the middle of the days between purchase days, and within how many nine of ten
    come back; None where nobody has come back. `last_day`: the latest day of any line.
    """

    buyers: int
    recency: tuple[int | None, ...]
    frequency: tuple[int | None, ...]
    monetary: tuple[int | None, ...]
    median_gap: int | None
    window_days: int
    last_day: int | None


def shop_figures(batches: Iterable[Batch], *, with_lines: bool = False) -> ShopFigures:
    """Return the figures of the customers of `batches`; `last_day` only `with_lines`."""
    recency: list[int] = []
    frequency: list[int] = []
    monetary: list[int] = []
    gaps: Counter[int] = Counter()
    last_day: int | None = None
    for batch in batches:
        for person in batch.people:
            found = batch.sales.get(person.key)
            if found:
                days = days_of(found)
                recency.append(days[-1] - person.today)
                frequency.append(len(found))
                monetary.append(sum_of(found))
                gaps.update(later - earlier for earlier, later in pairwise(days))
            if with_lines:
                last_day = _latest(last_day, batch.lines.get(person.key, ()))
    return ShopFigures(
        buyers=len(frequency),
        recency=limits(sorted(recency)),
        frequency=limits(sorted(frequency)),
        monetary=limits(sorted(monetary)),
        median_gap=nearest_rank(gaps, 50),
        window_days=_window(gaps),
        last_day=last_day,
    )


def _window(gaps: Counter[int]) -> int:
    days = nearest_rank(gaps, 90)
    return LONGEST_WINDOW if days is None else min(max(days, SHORTEST_WINDOW), LONGEST_WINDOW)


def _latest(day: int | None, lines: Iterable[Line]) -> int | None:
    days = [line.day for line in lines if is_product(line)]
    return max([*days, *([] if day is None else [day])], default=None)
