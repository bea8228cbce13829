"""The source of recommendations: the interface that a history and a fit share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import Arrays, Parameters
from personalization.recommend.algorithms.new_products import NewProducts
from personalization.recommend.history.complements import Complements
from personalization.recommend.history.trends import Trend
from personalization.recommend.session.views import ViewModel


class Source(Protocol):
    """A source of recommendations. `skus` are sorted by code point."""

    @property
    def as_of(self) -> datetime:
        """The end of the data of the source."""

    @property
    def skus(self) -> Sequence[str]:
        """All SKUs that were bought."""

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each SKU in `skus`."""

    def similar(self, place: int) -> csr_matrix:
        """Return the row of cosines of the SKU at `place`."""

    def complements(self, place: int) -> Complements:
        """Return the complements of the SKU at `place`."""

    def trends(self) -> Mapping[str, Trend]:
        """Return the trending SKUs."""

    def popularity(self) -> Mapping[str, int]:
        """Return the number of customers who bought each SKU lately."""

    @property
    def new_products(self) -> NewProducts:
        """The products that nobody had bought yet, in their first 30 days."""

    def fitted(self, algorithm: str) -> Arrays:
        """Return the arrays of all parts that an algorithm of personal lists reads."""

    @property
    def chosen(self) -> Parameters:
        """The parameters that were chosen for the source."""

    @property
    def repeat_share(self) -> float:
        """The share of bought SKUs that the customers had bought before, over the last 28 days."""

    @property
    def views(self) -> ViewModel:
        """The products viewed in one session, and the most viewed of each category."""
