"""What a feature is: a number (or code) of one customer, worked out of what exists about them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from conditions.language.operators import Words
from predictions.features.subject import Subject
from predictions.values import Value


class ValueKind(Enum):
    """What the values of a feature are."""

    WHOLE = "whole number"
    NUMBER = "number"
    CODE = "code"


@dataclass(frozen=True)
class Feature:
    """A feature by its public name; `of` works it out, `meaning` says what it is."""

    name: str
    meaning: Words
    of: Callable[[Subject], Value]
    kind: ValueKind = ValueKind.WHOLE


@dataclass(frozen=True)
class FeatureSet:
    """Features that stand together; customers of whom `has_rows` is false have none of them."""

    name: str
    features: tuple[Feature, ...]
    has_rows: Callable[[Subject], bool] = lambda subject: True

    def values(self, subject: Subject) -> list[Value]:
        """Return all values of a customer, in the order of the features."""
        if not self.has_rows(subject):
            return [None] * len(self.features)
        return [feature.of(subject) for feature in self.features]
