"""What a feature is: a number (or code) of each customer, worked out of what exists about them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from conditions.language.operators import Words
from predictions.features.subjects import Subjects
from predictions.history.columns import Column


class ValueKind(Enum):
    """What the values of a feature are."""

    WHOLE = "whole number"
    NUMBER = "number"
    CODE = "code"


@dataclass(frozen=True)
class Feature:
    """A feature by its public name; `of` works it out, `meaning` says what it is.

    `is_money`: its numbers are in the base currency.
    """

    name: str
    meaning: Words
    of: Callable[[Subjects], Column]
    kind: ValueKind = ValueKind.WHOLE
    is_money: bool = False


@dataclass(frozen=True)
class FeatureSet:
    """Features that stand together."""

    name: str
    features: tuple[Feature, ...]
