"""The history before an instant as a source of scores, computed on request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from core.clock import now
from customers.purchases import lines_before
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import PARTS, Arrays, Parameters, joined_parts
from personalization.recommend.algorithms.new_products import NewProducts, new_products
from personalization.recommend.catalogue import categories_of
from personalization.recommend.evaluation.parameter_choice import (
    Prepared,
    choose_parameters,
    prepare_trial,
)
from personalization.recommend.history.complements import Complements, complements, kinds
from personalization.recommend.history.purchases import History, history, popularity
from personalization.recommend.history.similarity import similarities
from personalization.recommend.history.trends import Trend, trends
from personalization.recommend.session.views import ViewModel, fit_views
from personalization.recommend.sources.shared_reads import read_once


class FromHistory:
    """The history before an instant; each part is read and computed once, on request."""

    def __init__(self, as_of: datetime) -> None:
        self.as_of = as_of
        self._fitted: dict[str, Arrays] = {}

    @cached_property
    def _history(self) -> History:
        return history(lines_before(self.as_of), self.as_of)

    @cached_property
    def _kinds(self) -> csr_matrix:
        return kinds(self._history, categories_of(self._history.skus))

    @cached_property
    def _trends(self) -> Mapping[str, Trend]:
        return trends(self.as_of)

    @cached_property
    def _popularity(self) -> Mapping[str, int]:
        return popularity(self.as_of)

    @property
    def skus(self) -> Sequence[str]:
        """All SKUs that were bought."""
        return self._history.skus

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each SKU in `skus`."""
        return self._history.places

    def similar(self, place: int) -> csr_matrix:
        """Return the row of cosines of the SKU at `place`."""
        return similarities(self._history, place, _row(self._history.bought, place))

    def complements(self, place: int) -> Complements:
        """Return the complements of the SKU at `place`."""
        row = _row(self._history.orders, place)
        return complements(self._history, place, row, self._kinds)

    def trends(self) -> Mapping[str, Trend]:
        """Return the trending SKUs."""
        return self._trends

    def popularity(self) -> Mapping[str, int]:
        """Return the number of customers who bought each SKU lately."""
        return self._popularity

    @cached_property
    def new_products(self) -> NewProducts:
        """The products that nobody had bought yet, in their first 30 days."""
        return new_products(self._history, self.as_of)

    def fitted(self, algorithm: str) -> Arrays:
        """Return the arrays of all parts that an algorithm of personal lists reads."""
        return joined_parts(algorithm, self._part)

    @cached_property
    def chosen(self) -> Parameters:
        """The parameters with the best result over the last 28 days."""
        return choose_parameters(self._last_days)

    @cached_property
    def repeat_share(self) -> float:
        """The share of bought SKUs that the customers had bought before, over the last 28 days."""
        return self._last_days.trial.repeat_share

    @cached_property
    def views(self) -> ViewModel:
        """The products viewed in one session, and the most viewed of each category."""
        return ViewModel(fit_views(self.as_of))

    @cached_property
    def _last_days(self) -> Prepared:
        return prepare_trial(self.as_of, with_refusing=False)

    def _part(self, name: str) -> Arrays:
        if name not in self._fitted:
            self._fitted[name] = PARTS[name](self._history)
        return self._fitted[name]


def history_at(as_of: datetime | None) -> FromHistory:
    """Return the history of an aware instant; None: of now."""
    return read_once(("history", as_of), lambda: FromHistory(as_of or now()))


def _row(matrix: csr_matrix, place: int) -> csr_matrix:
    """Return the dot products of the column at `place` with each column."""
    return (matrix[:, [place]].T @ matrix).tocsr()
