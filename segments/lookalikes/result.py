"""The result of a search for look-alikes: the chosen customers and the quality of the choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from segments.lookalikes.scoring import Backtest

SHOWN = 100


class LookalikeWarning(StrEnum):
    """Warnings about a result."""

    FEWER = "fewer"
    NO_BETTER_THAN_CHANCE = "no_better_than_chance"


class Lookalike(NamedTuple):
    """A chosen customer by the shop's id, with the score (6 decimals)."""

    id: str
    score: float


@dataclass(frozen=True)
class Lookalikes:
    """The chosen customers by falling score, then id.

    `seeds` is the number of members of the segment with purchases, `scope_count` the number of
    customers in scope, and `wanted` the requested number of look-alikes.
    """

    as_of: datetime
    seeds: int
    scope_count: int
    wanted: int
    chosen: Sequence[Lookalike]
    backtest: Backtest
    warnings: Sequence[LookalikeWarning]

    @property
    def size(self) -> int:
        """How many customers are chosen."""
        return len(self.chosen)

    @property
    def auc(self) -> float:
        """The area under the ROC curve of the back-test."""
        return self.backtest.auc

    @property
    def precision(self) -> float:
        """The share of hidden seeds that the back-test found."""
        return self.backtest.precision

    @property
    def chance(self) -> float:
        """The share of hidden seeds that a random choice finds."""
        return self.backtest.chance

    @property
    def threshold(self) -> float | None:
        """The smallest score of a chosen customer; None where nobody is chosen."""
        return self.chosen[-1].score if self.chosen else None

    @property
    def customers(self) -> Sequence[Lookalike]:
        """The first 100 of the chosen customers."""
        return self.chosen[:SHOWN]

    @property
    def is_better_than_chance(self) -> bool:
        """Return whether the score finds hidden seeds clearly better than a random choice."""
        return LookalikeWarning.NO_BETTER_THAN_CHANCE not in self.warnings
