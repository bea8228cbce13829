"""The interface of an algorithm of personal recommendations."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from personalization.lists.scored import Floats
from personalization.recommend.history.purchases import History, Purchases

# Fitted arrays of numbers by name, which are stored as they are.
Arrays = Mapping[str, NDArray[Any]]
# The functions that fit parts. Algorithms that need the same part share it under its name.
Parts = Mapping[str, Callable[[History], Arrays]]
# The parameters of a fit: `e`, the exponent of the season factor, and `beta`, the share of the
# customer's own part in `next_basket`.
Parameters = Mapping[str, float]


class Algorithm(Protocol):
    """A way to score all SKUs of a history for a customer by what they bought."""

    @property
    def name(self) -> str:
        """The public name."""

    @property
    def wish(self) -> str:
        """The list whose candidate it is: `again` or `discover`."""

    @property
    def parts(self) -> Parts:
        """The parts of a fit that it reads."""

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return the scores of all SKUs, a row for each customer of `purchases`; `fitted` has the
        arrays of all its parts. A SKU whose score is not above 0 is not recommended.
        """

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the place of the SKU, of those of the one row of `purchases`, to which the SKU at
        `place` owes most; None: to no single one.
        """
