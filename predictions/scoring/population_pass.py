"""The first pass over the population, which computes the limits for scoring.

Several workers may each process some customers; their results are joined in any order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from predictions.features.shop import Figures
from predictions.figures.overview import Counting, Overview
from predictions.figures.rfm_grid import RfmGrid
from predictions.history.batches import batches
from predictions.history.population import population
from predictions.kinds.inputs import need_lines
from predictions.kinds.kind import Limits, Ranking
from predictions.scoring.deployed_scorers import Judge
from segments.models import Segment

# The name of the part with the judges without a segment.
EVERYBODY = ""


@dataclass(frozen=True, eq=False)
class _Part:
    """The judges of one population, by the model's code, and the figures collected for them."""

    segment: Segment | None
    judges: dict[str, Judge]
    figures: Figures
    rankings: dict[str, Ranking]


class Look:
    """The pass over the populations of judges as of an aware instant.

    With an overview, the pass also counts all customers for the views of sales.
    """

    def __init__(
        self, judges: Iterable[Judge], as_of: datetime, *, with_overview: bool = False
    ) -> None:
        self._as_of = as_of
        self._parts: dict[str, _Part] = {}
        self._counting: Counting | None = None
        judges = list(judges)
        # There are many lines: they are only read if a judge needs them.
        with_lines = any(need_lines(getattr(one.scorer, "inputs", ())) for one in judges)
        if with_overview:
            self._counting = Counting()
            self._parts[EVERYBODY] = _Part(None, {}, Figures(with_lines=with_lines), {})
        for judge in judges:
            segment = judge.version.segment
            name = EVERYBODY if segment is None else str(segment.pk)
            figures = Figures(with_lines=with_lines)
            part = self._parts.setdefault(name, _Part(segment, {}, figures, {}))
            part.judges[judge.code] = judge
            ranking = judge.scorer.ranking()
            if ranking is not None:
                part.rankings[judge.code] = ranking

    def see(
        self, stretch: Mapping[str, int] | None = None, note: Callable[[], None] = lambda: None
    ) -> None:
        """Process all customers, or those in a range of keys (filters by `pk`).

        `note` is called before each batch, since a pass takes long.
        """
        for name, part in self._parts.items():
            counting = self._counting if name == EVERYBODY else None
            everybody = population(self._as_of, part.segment).filter(**(stretch or {}))
            for batch in batches(everybody, self._as_of):
                note()
                part.figures.add(batch)
                if counting is not None:
                    counting.add(batch)
                for ranking in part.rankings.values():
                    ranking.add(batch)

    def as_json(self) -> dict[str, Any]:
        """Return the collected figures for `join`."""
        parts = {
            name: {
                "shop": part.figures.as_json(),
                "ranks": {code: one.as_json() for code, one in part.rankings.items()},
            }
            for name, part in self._parts.items()
        }
        counted = None if self._counting is None else self._counting.as_json()
        return {"parts": parts, "counted": counted}

    def join(self, others: Mapping[str, Any]) -> None:
        """Add the figures that another pass with the same judges has collected."""
        for name, part in self._parts.items():
            seen = others["parts"][name]
            part.figures.join(seen["shop"])
            for code, ranking in part.rankings.items():
                ranking.join(seen["ranks"][code])
        if self._counting is not None:
            self._counting.join(others["counted"])

    def overview(self) -> Overview:
        """Return the overview, after a pass over all customers with `with_overview`."""
        assert self._counting is not None
        figures = self._parts[EVERYBODY].figures
        return Overview(self._counting, RfmGrid.from_figures(figures, figures.figures()))

    def judges(self) -> list[Judge]:
        """Return the judges with their limits, after a pass over all customers."""
        found = []
        for part in self._parts.values():
            shop = part.figures.figures()
            for code, judge in part.judges.items():
                ranking = part.rankings.get(code)
                ranks = ranking.ranks() if ranking else ()
                found.append(replace(judge, limits=Limits(shop, ranks)))
        return found
