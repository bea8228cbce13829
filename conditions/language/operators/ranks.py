"""Operators that compare a customer's figure with the figures of others.

They stand apart from the operators of types: they compare with a population instead of a value, and
figures of every type with an order take them (`conditions.ranking`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from django.utils.translation import gettext_lazy as _

from conditions.language.operators.base import Operator, Takes
from core.registries import Words


class Measure(Enum):
    """The measure of a population that a customer's figure is compared with."""

    NUMBER = "number"
    PERCENT = "percent"
    AVERAGE = "average"
    MEDIAN = "median"


@dataclass(frozen=True)
class RankOperator(Operator):
    """An operator of a rank: its measure, and whether it counts from the top or the bottom."""

    measure: Measure = Measure.NUMBER
    is_top: bool = True

    @property
    def positive(self) -> "RankOperator":
        """The operator itself, or the one that it negates."""
        return self if self.twin is None else RANKS[self.twin]

    @property
    def is_place(self) -> bool:
        """Return whether the operator compares a place among others, not an amount."""
        return self.measure in {Measure.NUMBER, Measure.PERCENT}


def _operator_pair(
    name: str, words: Words, words_not: Words, measure: Measure, *, is_top: bool
) -> Iterator[RankOperator]:
    """Yield an operator and its complement."""
    one = RankOperator(name, words, Takes.NOTHING, measure=measure, is_top=is_top)
    yield one
    yield replace(one, name=f"not_{name}", words=words_not, twin=name)


# A rank parses its value itself.
RANKS: Mapping[str, RankOperator] = {
    one.name: one
    for operators in (
        _operator_pair(
            "in_top",
            _("is among the top"),
            _("is not among the top"),
            Measure.NUMBER,
            is_top=True,
        ),
        _operator_pair(
            "in_bottom",
            _("is among the lowest"),
            _("is not among the lowest"),
            Measure.NUMBER,
            is_top=False,
        ),
        _operator_pair(
            "in_top_percent",
            _("is among the top, in percent"),
            _("is not among the top, in percent"),
            Measure.PERCENT,
            is_top=True,
        ),
        _operator_pair(
            "in_bottom_percent",
            _("is among the lowest, in percent"),
            _("is not among the lowest, in percent"),
            Measure.PERCENT,
            is_top=False,
        ),
        _operator_pair(
            "above_average",
            _("is above the average"),
            _("is not above the average"),
            Measure.AVERAGE,
            is_top=True,
        ),
        _operator_pair(
            "below_average",
            _("is below the average"),
            _("is not below the average"),
            Measure.AVERAGE,
            is_top=False,
        ),
        _operator_pair(
            "above_median",
            _("is above the median"),
            _("is not above the median"),
            Measure.MEDIAN,
            is_top=True,
        ),
        _operator_pair(
            "below_median",
            _("is below the median"),
            _("is not below the median"),
            Measure.MEDIAN,
            is_top=False,
        ),
    )
    for one in operators
}
