"""The choice of the algorithm that serves a list after a night; a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from predictions.statistics.paired_difference import Interval


@dataclass(frozen=True)
class Candidate:
    """An algorithm of a list: its mean NDCG, and its differences to the counters and to others.

    `against` are the paired intervals to each counter that the algorithm has to beat, `over` those
    to the other candidates, by name. A deep model also has to beat whichever algorithm serves.
    """

    name: str
    ndcg: float
    against: Mapping[str, Interval]
    over: Mapping[str, Interval]
    is_deep: bool = False

    @property
    def is_passing(self) -> bool:
        """Whether the interval against each counter lies above 0."""
        return passes(self.against.values())

    @property
    def is_below(self) -> bool:
        """Whether the interval against any counter lies below 0."""
        return any(isfinite(one.high) and one.high < 0 for one in self.against.values())


@dataclass(frozen=True)
class Choice:
    """The algorithm that serves (None: the counter), and whether the one in use was replaced."""

    name: str | None
    is_below: bool = False


def choose(candidates: Sequence[Candidate], in_use: str | None) -> Choice:
    """Return the algorithm that serves next; `in_use` None: the counter serves now.

    The counter replaces an algorithm in use that lies below a counter. Another candidate replaces
    the algorithm in use only if it passes against the counters and lies above the algorithm in use;
    of several candidates the best mean wins, of equal means the first. A deep candidate comes last:
    it has to lie above the algorithm that would serve otherwise.
    """
    choice = _choose([one for one in candidates if not one.is_deep or one.name == in_use], in_use)
    deep = [
        one
        for one in candidates
        if one.is_deep
        and one.name != in_use
        and one.is_passing
        and (choice.name is None or passes([one.over[choice.name]]))
    ]
    best = max(deep, key=lambda one: one.ndcg, default=None)
    return Choice(best.name, choice.is_below) if best else choice


def _choose(candidates: Sequence[Candidate], in_use: str | None) -> Choice:
    known = {one.name: one for one in candidates}
    current = known.get(in_use or "")
    is_below = current is not None and current.is_below
    if is_below:
        current = None
    better = [
        one
        for one in candidates
        if one.is_passing
        and (current is None or (one is not current and passes([one.over[current.name]])))
    ]
    best = max(better, key=lambda one: one.ndcg, default=current)
    return Choice(best.name if best else None, is_below)


def passes(intervals: Iterable[tuple[float, float, float]]) -> bool:
    """Return whether the lower end of each interval is above 0; False without an interval."""
    lows = [low for _difference, low, _high in intervals]
    return bool(lows) and all(isfinite(low) and low > 0 for low in lows)
