"""The settings of a rank: operator, number, and the population and part of it to compare with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from conditions.language.operators.ranks import Measure, RankOperator
from conditions.language.types import NumberType, ValueType
from conditions.ranking.population import IN_SCOPE, Population
from core.database.fields import UNITS_PER_ONE, to_units

# The keys of `per`, each with the customer's column that divides a population into parts.
PARTS = {
    "customer.website": "website_id",
    "customer.group": "group_id",
    "customer.store": "store_id",
}


@dataclass(frozen=True)
class Rank:
    """The settings by which a rank compares a figure.

    `number` is how many or how many percent (exact, 0 with an average or a median), `times` the
    factor of an average or a median; `per` a key of `PARTS`, "" for none. With `ties_out` customers
    who share a place that does not fit are all left out.
    """

    operator: RankOperator
    number: Decimal = Decimal(0)
    times: Decimal = Decimal(1)
    per: str = ""
    among: Population = IN_SCOPE
    ties_out: bool = False

    @property
    def positive(self) -> Rank:
        """The rank itself, or the rank that it is the complement of."""
        return replace(self, operator=self.operator.positive)

    @property
    def measure(self) -> Measure:
        return self.operator.measure

    @property
    def sign(self) -> str:
        """The sign between a customer's figure and an amount where the positive operator holds."""
        return ">" if self.operator.is_top else "<"

    @property
    def limit(self) -> tuple[int, int]:
        """Whole numbers a and b: a place fits where a * (number of customers before it) < b.

        For a percentage b is multiplied by the size of the population.
        """
        if self.measure is Measure.NUMBER:
            return 1, int(self.number)
        return 100 * UNITS_PER_ONE, to_units(self.number)

    def is_zero_left_out(self, type_: ValueType) -> bool:
        """Return whether a customer with the figure 0 has no place."""
        return self.operator.is_place and self.operator.is_top and isinstance(type_, NumberType)

    def scale_of_amount(self, type_: NumberType) -> int:
        """Return how many units of the amount are 1: an average has four decimals."""
        return UNITS_PER_ONE if self.measure is Measure.AVERAGE else type_.scale

    def factors(self, type_: NumberType) -> tuple[int, int]:
        """Return whole numbers a and b: a * figure is compared with b * amount, both in units."""
        ratio = self.scale_of_amount(type_) // type_.scale
        return UNITS_PER_ONE * ratio, to_units(self.times)
