"""Base classes of strategies: eligible customers, scores to read, and the value of a contact."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from conditions.language.operators import Words
from customers.models import Customer
from predictions.analytics.parts.selection import Condition, Tree, all_of
from predictions.strategies.assumptions.values import Assumed
from predictions.strategies.question import Question
from predictions.strategies.selection import Candidate

# Rows read at a time.
ROWS = 4_000


@dataclass(frozen=True)
class PlanInputs:
    """The inputs of a plan: all assumptions by name, and the as-of time of the scores.

    `is_scored`: each model that the strategy reads has done a full scoring; otherwise `as_of` is
    the current time. `as_of` is aware.
    """

    question: Question
    assumed: Mapping[str, Assumed]
    as_of: datetime
    is_scored: bool


class Strategy(ABC):
    """A strategy for using scores.

    `models` are required: each needs a deployed version. `uses` are the assumptions that the
    strategy uses. `conditions` select the eligible customers. `about` is a description for people.
    """

    code: ClassVar[str]
    label: ClassVar[Words]
    about: ClassVar[Words]
    uses: ClassVar[Sequence[str]]
    models: ClassVar[Sequence[str]]
    conditions: ClassVar[Sequence[Condition]]

    def models_for(self, question: Question) -> Sequence[str]:
        """Return the models whose scores are read for `question`."""
        return self.models

    def eligible(self, question: Question) -> Tree:
        """Return the tree of eligible customers, which may include guests."""
        narrowed = [] if question.segment is None else [in_segments([question.segment])]
        return all_of([*self.conditions, *narrowed])


class ContactStrategy(Strategy):
    """A strategy that contacts single customers."""

    # Whether `candidates` are yielded in the order of `selection.place`.
    is_ranked: ClassVar[bool] = True

    @abstractmethod
    def candidates(self, customers: QuerySet[Customer], inputs: PlanInputs) -> Iterable[Candidate]:
        """Yield `customers` with the value of a contact that certainly works.

        Customers whose value is unknown are left out.
        """


class PartingStrategy(Strategy):
    """A strategy that contacts no customer: it divides customers and describes each part."""

    @abstractmethod
    def parts(self, customers: QuerySet[Customer], inputs: PlanInputs) -> dict[str, Any]:
        """Return the further fields of the response, as JSON, for the eligible `customers`."""


def asks(attribute: str, operator: str, value: Any) -> Condition:
    """Return a condition of a segment's tree."""
    return {"attribute": attribute, "operator": operator, "value": value}


def in_segments(codes: Sequence[str]) -> Condition:
    """Return the condition that a customer is a member of one of the segments."""
    return asks("segment", "is_one_of", list(dict.fromkeys(codes)))


# The rules of RFM score exactly the customers who have bought.
BUYERS = asks("rfm.frequency_score", "gte", 1)
IS_BUYER = "prediction__frequency_score__isnull"
