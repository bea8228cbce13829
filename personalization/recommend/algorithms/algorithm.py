"""What an algorithm of personal recommendations has to do."""

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix
from personalization.recommend.history import History

# What was fitted: arrays of numbers by name, which are stored as they are.
Arrays = Mapping[str, NDArray[Any]]


class Algorithm(Protocol):
    """A way to score all SKUs of a history for a customer by what they bought."""

    @property
    def name(self) -> str:
        """The public name."""

    def fit(self, history: History) -> Arrays:
        """Return what is fitted."""

    def scores(self, fitted: Arrays, counts: csr_matrix) -> Floats:
        """Return the scores of all SKUs, a row for each customer of `counts`: in how many orders
        they have each SKU. What is not above 0 is not recommended.
        """

    def because(self, fitted: Arrays, counts: csr_matrix, place: int) -> int | None:
        """Return the place of the SKU, of those of the one row of `counts`, to which the SKU at
        `place` owes most; None: to no single one.
        """
