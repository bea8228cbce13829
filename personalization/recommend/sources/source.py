"""What recommendations are computed of: the interface that a history and a fit share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms import Arrays, Parameters
from personalization.recommend.history.complements import Complements
from personalization.recommend.history.trends import Trend
from personalization.recommend.session.views import ViewModel


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
