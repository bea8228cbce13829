"""What a strategy is: whom it is about, which scores it reads, what a contact is worth."""

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

# So many rows are read at a time.
ROWS = 4_000


@dataclass(frozen=True)
class Told:
    """What a strategy reckons with: every assumption by its name, and as of when scores stand.

    `is_scored`: all models that it reads have scored everybody once; else `as_of` is the present.
    """

    question: Question
    assumed: Mapping[str, Assumed]
    as_of: datetime
    is_scored: bool


class Strategy(ABC):
    """Something to do with scores.

    `models`: without a deployed version of them there is no answer. `uses`: the assumptions that
    enter. `conditions`: who is eligible. `about` says all that in a sentence or two.
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
        """Return the tree of who is eligible; guests too."""
        narrowed = [] if question.segment is None else [in_segments([question.segment])]
        return all_of([*self.conditions, *narrowed])


class ContactStrategy(Strategy):
    """A strategy that contacts customers, one at a time."""

    # Whether `candidates` come as `selection.place` has them.
    is_ranked: ClassVar[bool] = True

    @abstractmethod
    def candidates(self, customers: QuerySet[Customer], told: Told) -> Iterable[Candidate]:
        """Yield `customers` with what a contact that works for sure is worth of each.

        Of whom that is not known is left out.
        """


class PartingStrategy(Strategy):
    """A strategy that contacts nobody: it parts customers, and says what is true of each part."""

    @abstractmethod
    def parts(self, customers: QuerySet[Customer], told: Told) -> dict[str, Any]:
        """Return what a reply has beside the rest, as JSON, for the eligible `customers`."""


def asks(attribute: str, operator: str, value: Any) -> Condition:
    """Return a condition."""
    return {"attribute": attribute, "operator": operator, "value": value}


def in_segments(codes: Sequence[str]) -> Condition:
    """Return that a customer is a member of one of the segments."""
    return asks("segment", "is_one_of", list(dict.fromkeys(codes)))


# Who has bought is whom the rules of RFM have scored.
BUYERS = asks("rfm.frequency_score", "gte", 1)
IS_BUYER = "prediction__frequency_score__isnull"
