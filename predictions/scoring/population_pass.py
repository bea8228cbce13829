"""The look at everybody before anybody is scored: it finds the limits that all are judged by.

Several may look at some each; what they have seen is joined, in whatever order.
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

# The part of the judges that are about no segment.
EVERYBODY = ""


@dataclass(frozen=True, eq=False)
class _Part:
    """The judges of one population, and what is collected for them; by the model's code."""

    segment: Segment | None
    judges: dict[str, Judge]
    figures: Figures
    rankings: dict[str, Ranking]


class Look:
    """What judges have to see of the populations that they are about, as of an aware instant.

    With an overview everybody is counted besides, as the views of sales show it.
    """

    def __init__(
        self, judges: Iterable[Judge], as_of: datetime, *, with_overview: bool = False
    ) -> None:
        self._as_of = as_of
        self._parts: dict[str, _Part] = {}
        self._counting: Counting | None = None
        judges = list(judges)
        # Lines are many: they are read where somebody is judged by them.
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
        """Look at everybody, or at those within a stretch of keys (filters by `pk`).

        `note` is called with each batch: that takes a while.
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
        """Return what was seen, for `join`."""
        parts = {
            name: {
                "shop": part.figures.as_json(),
                "ranks": {code: one.as_json() for code, one in part.rankings.items()},
            }
            for name, part in self._parts.items()
        }
        counted = None if self._counting is None else self._counting.as_json()
        return {"parts": parts, "counted": counted}

    def join(self, found: Mapping[str, Any]) -> None:
        """Take in what another look of the same judges has seen."""
        for name, part in self._parts.items():
            seen = found["parts"][name]
            part.figures.join(seen["shop"])
            for code, ranking in part.rankings.items():
                ranking.join(seen["ranks"][code])
        if self._counting is not None:
            self._counting.join(found["counted"])

    def overview(self) -> Overview:
        """Return the overview that was wanted, once everybody was seen."""
        assert self._counting is not None
        figures = self._parts[EVERYBODY].figures
        return Overview(self._counting, RfmGrid.of(figures, figures.figures()))

    def judges(self) -> list[Judge]:
        """Return the judges with their limits, once everybody was seen."""
        found = []
        for part in self._parts.values():
            shop = part.figures.figures()
            for code, judge in part.judges.items():
                ranking = part.rankings.get(code)
                ranks = ranking.ranks() if ranking else ()
                found.append(replace(judge, limits=Limits(shop, ranks)))
        return found
