"""What the views show as of a moment, computed: everybody is looked at once for several of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar, cast

from predictions.analytics.asked import MODEL_OF, Asked
from predictions.analytics.lifetime_values import computed_values
from predictions.analytics.rfm_grid import RfmGrid
from predictions.analytics.shown import (
    NOTHING,
    Data,
    clv_shown,
    cohorts_shown,
    rfm_shown,
    seasonality_shown,
    totals_shown,
)
from predictions.analytics.totals import Totals
from predictions.cohorts import By, CohortCounts, Figure
from predictions.existing import population
from predictions.histories import Batch, batches
from predictions.judges import judge_of
from predictions.registry import models
from predictions.seasonality import seasonal_index
from predictions.shop_figures import ShopFigures, shop_figures


class _Counter(Protocol):
    def add(self, batch: Batch) -> None:
        """Take in some customers."""


C = TypeVar("C", bound=_Counter)


class _Look:
    """What counts while everybody is looked at; what several views need is counted once."""

    def __init__(self, as_of: datetime, shop: ShopFigures | None) -> None:
        self.as_of = as_of
        self._shop = shop
        self._counters: dict[str, _Counter] = {}

    def cohorts(self, by: str) -> CohortCounts:
        """Return the counts of cohorts by "month" or "week"."""
        return self._counter(by, lambda: CohortCounts(cast(By, by)))

    def totals(self) -> Totals:
        """Return the totals."""
        return self._counter("totals", Totals)

    def grid(self) -> RfmGrid:
        """Return the grid of RFM, by the figures of the shop."""
        return self._counter("grid", lambda: RfmGrid(self._shop or self._figures()))

    def look(self) -> None:
        """Look at everybody."""
        if self._counters:
            for batch in self._batches():
                for counter in self._counters.values():
                    counter.add(batch)

    def _counter(self, name: str, make: Callable[[], C]) -> C:
        if name not in self._counters:
            self._counters[name] = make()
        return cast(C, self._counters[name])

    def _figures(self) -> ShopFigures:
        return shop_figures(self._batches())

    def _batches(self) -> Iterable[Batch]:
        return batches(population(self.as_of), self.as_of)


def computed(
    wanted: Iterable[Asked], as_of: datetime, *, shop: ShopFigures | None = None
) -> dict[Asked, Data]:
    """Return what each of the views shows as of an aware instant.

    `shop` are the figures by which RFM is judged (default: those as of then). Raises `Refused`
    where a deployed version cannot be read.
    """
    look = _Look(as_of, shop)
    shown = {one: MAKERS[one.view](one, look) for one in wanted}
    look.look()
    return {one: show() for one, show in shown.items()}


Show = Callable[[], Data]


def _cohorts(asked: Asked, look: _Look) -> Show:
    by, figure = asked.values
    counts = look.cohorts(by)
    return lambda: cohorts_shown(counts.cohorts(cast(Figure, figure)))


def _seasonality(asked: Asked, look: _Look) -> Show:
    months = look.cohorts("month")
    return lambda: seasonality_shown(seasonal_index(months))


def _rfm(asked: Asked, look: _Look) -> Show:
    grid = look.grid()
    return lambda: rfm_shown(grid)


def _summary(asked: Asked, look: _Look) -> Show:
    totals = look.totals()
    return lambda: totals_shown(totals)


def _clv(asked: Asked, look: _Look) -> Show:
    model = models().filter(code=MODEL_OF["clv"]).first()
    judge = None if model is None else judge_of(model)
    if judge is None:
        return lambda: NOTHING["clv"]
    return lambda: clv_shown(computed_values(judge, look.as_of))


MAKERS: Mapping[str, Callable[[Asked, _Look], Show]] = {
    "cohorts": _cohorts,
    "seasonality": _seasonality,
    "rfm": _rfm,
    "clv": _clv,
    "summary": _summary,
}
