"""The base classes of types of attributes: they parse, test and word values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Operator, Operators, Takes, Words
from conditions.language.windows import PERIODS, LocalClock, Moment, ZonedRanges
from core.text.exact_numbers import BadValue, whole_number_of
from core.text.formats import quote_value

LIST_LIMIT = 1_000
LIMITS = {Takes.DAYS: 36_500, Takes.HOURS: 87_600, Takes.ANNIVERSARY_DAYS: 366}
# The default values of new conditions.
USUAL_VALUES = {Takes.DAYS: 30, Takes.HOURS: 24, Takes.ANNIVERSARY_DAYS: 14}


class BadKeys(ValueError):
    """A value with keys is refused; it has the error of each wrong key."""

    def __init__(self, found: Sequence[tuple[str, BadValue]]) -> None:
        self.found = found
        super().__init__("; ".join(refusal.message for _key, refusal in found))


@dataclass(frozen=True)
class Value:
    """A parsed value: `meant` is compared, `stored` stands in the stored tree."""

    meant: Any
    stored: Any


@dataclass(frozen=True, eq=False)
class ValueType:
    """A type of attributes with its operators."""

    name: str
    label: Words
    operators: Operators
    # The default operator of a new condition.
    usual: str = "is"
    # The operators offered before the others; empty: no preference.
    common: tuple[str, ...] = ()

    def parse(self, operator: Operator, raw: Any) -> Value:
        """Read the JSON value `raw`; raises BadValue or BadKeys if `operator` does not take it."""
        match operator.takes:
            case Takes.ONE:
                return self.one(raw)
            case Takes.LIST:
                return self._list(raw)
            case Takes.PAIR:
                return self._pair(raw)
            case Takes.PERIOD:
                return _period(raw)
            case _:
                return _count(raw, LIMITS[operator.takes])

    def one(self, raw: Any) -> Value:
        """Read one value of this type.

        Raises BadValue where `raw` is not a value of this type (BadKeys for a value with keys);
        NotImplementedError here, subclasses override it.
        """
        raise NotImplementedError

    def in_order(self, low: Any, high: Any) -> bool:
        """Return whether `low` and `high` are in the right order."""
        return bool(low <= high)

    def test(self, operator: Operator, actual: Any, value: Any, clock: LocalClock) -> bool:
        """Return whether `actual`, which is not missing, satisfies a positive operator."""
        assert operator.test is not None
        return operator.test(actual, value)

    def _list(self, raw: Any) -> Value:
        if not isinstance(raw, list):
            raise BadValue("not_a_list", _("A list of values is needed here, such as [1, 2]."))
        if not raw:
            raise BadValue("empty_value", _("The list is empty: name at least one value."))
        if len(raw) > LIST_LIMIT:
            raise BadValue(
                "too_many_values",
                _("The list has %(count)s values; at most 1,000 are allowed.")
                % {"count": len(raw)},
            )
        values = [self.one(item) for item in raw]
        return Value(tuple(value.meant for value in values), [value.stored for value in values])

    def _pair(self, raw: Any) -> Value:
        if not isinstance(raw, list) or len(raw) != 2:
            raise BadValue("not_a_pair", _("Two values are needed here: [from, to]."))
        low, high = (self.one(item) for item in raw)
        if not self.in_order(low.meant, high.meant):
            raise BadValue("swapped_ends", _("The first value is above the second: swap them."))
        return Value((low.meant, high.meant), [low.stored, high.stored])


PERIOD_WORDS: Mapping[str, Words] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
}


def _period(raw: Any) -> Value:
    if raw is None or raw == "":
        raise BadValue("empty_value", _("Name a period, such as this_month."))
    if not isinstance(raw, str) or raw not in PERIODS:
        raise BadValue(
            "unknown_period",
            _("%(value)s is not a period; the periods are %(periods)s.")
            % {"value": quote_value(raw), "periods": ", ".join(PERIODS)},
        )
    return Value(raw, raw)


def _count(raw: Any, limit: int) -> Value:
    number = whole_number_of(raw, limit)
    return Value(number, number)


@dataclass(frozen=True, eq=False)
class RangeType(ValueType):
    """Types with an order: a comparison means ranges of whole numbers, days or instants."""

    def zoned(self, operator: Operator, value: Any, moment: Moment) -> ZonedRanges:
        """Return the ranges that `operator` with `value` means at `moment`, for each zone.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError
