"""Where scores come from: the history of a moment, computed when asked, or the nightly fit."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from core.clock import now
from customers.purchases import lines_before
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import PARTS, Arrays, Parameters, joined_parts
from personalization.recommend.catalogue import categories_of
from personalization.recommend.complements import Complements, complements, kinds
from personalization.recommend.evaluation.parameter_choice import (
    Prepared,
    choose_parameters,
    prepared,
)
from personalization.recommend.history import History, history, popularity
from personalization.recommend.session.views import ViewModel, fit_views
from personalization.recommend.similarity import similarities
from personalization.recommend.trends import Trend, trends

Value = TypeVar("Value")


class Source(Protocol):
    """What recommendations are computed of. `skus` are sorted by code point."""

    @property
    def as_of(self) -> datetime:
        """Until when it knows anything."""

    @property
    def skus(self) -> Sequence[str]:
        """All SKUs that were bought."""

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each SKU among them."""

    def similar(self, place: int) -> csr_matrix:
        """Return the row of cosines of the SKU at `place`."""

    def complements(self, place: int) -> Complements:
        """Return what goes with the SKU at `place`."""

    def trends(self) -> Mapping[str, Trend]:
        """Return what is trending."""

    def popularity(self) -> Mapping[str, int]:
        """Return how many customers bought each SKU lately."""

    def fitted(self, algorithm: str) -> Arrays:
        """Return the arrays of all parts that an algorithm of personal lists reads."""

    @property
    def chosen(self) -> Parameters:
        """The parameters that were chosen for it."""

    @property
    def repeat_share(self) -> float:
        """The share of what is bought that customers had bought before, over the last 28 days."""

    @property
    def views(self) -> ViewModel:
        """What is viewed in one session, and most of each category."""


class FromHistory:
    """The history of a moment, each part of which is read and computed once, when asked for."""

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
        """The place of each SKU among them."""
        return self._history.places

    def similar(self, place: int) -> csr_matrix:
        """Return the row of cosines of the SKU at `place`."""
        return similarities(self._history, place, _row(self._history.bought, place))

    def complements(self, place: int) -> Complements:
        """Return what goes with the SKU at `place`."""
        row = _row(self._history.orders, place)
        return complements(self._history, place, row, self._kinds)

    def trends(self) -> Mapping[str, Trend]:
        """Return what is trending."""
        return self._trends

    def popularity(self) -> Mapping[str, int]:
        """Return how many customers bought each SKU lately."""
        return self._popularity

    def fitted(self, algorithm: str) -> Arrays:
        """Return the arrays of all parts that an algorithm of personal lists reads."""
        return joined_parts(algorithm, self._part)

    @cached_property
    def chosen(self) -> Parameters:
        """The parameters by which the last 28 days come out best."""
        return choose_parameters(self._last_days)

    @cached_property
    def repeat_share(self) -> float:
        """The share of what is bought that customers had bought before, over the last 28 days."""
        return self._last_days.trial.repeat_share

    @cached_property
    def views(self) -> ViewModel:
        """What is viewed in one session, and most of each category."""
        return ViewModel(fit_views(self.as_of))

    @cached_property
    def _last_days(self) -> Prepared:
        return prepared(self.as_of, with_refusing=False)

    def _part(self, name: str) -> Arrays:
        if name not in self._fitted:
            self._fitted[name] = PARTS[name](self._history)
        return self._fitted[name]


# What the lists of one reply share, by what it is about.
_SHARED: ContextVar[dict[Hashable, Any] | None] = ContextVar("shared", default=None)


@contextmanager
def shared_histories() -> Iterator[None]:
    """Read each row and each history that `read_once` is asked for once within the block."""
    if _SHARED.get() is not None:
        yield
        return
    token = _SHARED.set({})
    try:
        yield
    finally:
        _SHARED.reset(token)


def read_once(key: Hashable, read: Callable[[], Value]) -> Value:
    """Return what `read` returns; within `shared_histories` it is called once for each `key`."""
    shared = _SHARED.get()
    if shared is None:
        return read()
    if key not in shared:
        shared[key] = read()
    value: Value = shared[key]
    return value


def history_at(as_of: datetime | None) -> FromHistory:
    """Return the history of an aware instant; None: of now."""
    return read_once(("history", as_of), lambda: FromHistory(as_of or now()))


def _row(matrix: csr_matrix, place: int) -> csr_matrix:
    """Return how much the column at `place` has in common with each."""
    return (matrix[:, [place]].T @ matrix).tocsr()
