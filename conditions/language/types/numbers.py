"""Numbers, money and whole numbers."""

from dataclasses import dataclass
from typing import Any

from conditions.language.operators import Operator
from conditions.language.types.base import RangeType, Value
from conditions.language.windows import Moment, Ranges, ZonedRanges
from core.database.fields import UNITS_PER_ONE
from core.text.exact_numbers import number_of


@dataclass(frozen=True, eq=False)
class NumberType(RangeType):
    """Numbers, stored in whole units of 1/`scale`."""

    scale: int = UNITS_PER_ONE

    def one(self, raw: Any) -> Value:
        number = number_of(raw)
        if isinstance(raw, str) or (self.scale == 1 and isinstance(raw, int)):
            return Value(number, raw)
        return Value(number, format(number.normalize(), "f"))

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        return [(None, self.ranges(operator, value))]

    def ranges(self, operator: Operator, value: Any) -> Ranges:
        """Return the ranges of whole units that `operator` with `value` means."""
        assert operator.ranges is not None
        return operator.ranges(value, self.scale)
