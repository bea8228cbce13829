"""Features: a number (or code) of each customer, computed from the customer's existing data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from conditions.language.operators import Words
from predictions.features.subjects import Subjects
from predictions.history.columns import Column


class ValueKind(Enum):
    """The kind of a feature's values."""

    WHOLE = "whole number"
    NUMBER = "number"
    CODE = "code"


@dataclass(frozen=True)
class Feature:
    """A feature by its public name; `of` computes the feature, `meaning` describes it.

    `is_money`: its numbers are in the base currency.
    """

    name: str
    meaning: Words
    of: Callable[[Subjects], Column]
    kind: ValueKind = ValueKind.WHOLE
    is_money: bool = False


@dataclass(frozen=True)
class FeatureSet:
    """A named group of features."""

    name: str
    features: tuple[Feature, ...]
