"""Attribute against attribute: both on the customer, or both on the same row."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from math import gcd
from typing import Any

from django.db.models import Q, Value

from conditions.attribute import Attribute
from conditions.evaluator.facts import Facts
from conditions.language.operators import Operator
from conditions.language.types import DATETIME, NumberType, RangeType, TextType, ValueType
from conditions.sql.expressions import Compared, ComparedTimes, LocalDate
from conditions.sql.place import Context, Place
from conditions.sql.ranges import by_zone
from conditions.sql.truth import Truth, all_hold, any_of, complement
from core.database.fields import UNITS_PER_ONE, to_units
from core.text.folding import fold

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": python.eq,
    ">": python.gt,
    ">=": python.ge,
    "<": python.lt,
    "<=": python.le,
}


@dataclass(frozen=True)
class Against:
    """The other side of a comparison: an attribute, for numbers times a factor."""

    attribute: Attribute
    times: Decimal = Decimal(1)


def takes_attribute(type_: ValueType, operator: Operator) -> bool:
    """Return whether `operator` of `type_` may be given another attribute as its value."""
    return operator.compare is not None and type_.name not in {"category", "segment"}


def against_truth(
    left: Attribute, operator: Operator, against: Against, place: Place, context: Context
) -> Truth:
    """Return that `left <operator>` the other side holds; false where a side is missing."""
    return any_of(
        *(
            _compare_values(left, one, operator, against, other, place, context)
            for one in left.expressions(place, context)
            for other in against.attribute.expressions(place, context)
        )
    )


def _compare_values(
    left: Attribute,
    one: Any,
    operator: Operator,
    against: Against,
    other: Any,
    place: Place,
    context: Context,
) -> Truth:
    assert operator.compare is not None
    sign = operator.compare
    if isinstance(left.type, NumberType):
        truth = Truth(Q(_compared_numbers(left.type, one, against, other, sign)))
        if left.infinite and sign in {">", ">="}:
            known = Truth(Q(Compared(other, other, sign="=")))
            missing = complement(Truth(Q(Compared(one, one, sign="="))))
            return any_of(truth, all_hold(known, missing))
        return truth
    if left.type is DATETIME and sign == "=":
        days = [
            by_zone(context, place, lambda clock, side=side: LocalDate(side, zone=clock.zone))
            for side in (one, other)
        ]
        return Truth(Q(Compared(*days, sign=sign)))
    truth = Truth(Q(Compared(one, other, sign=sign)))
    if isinstance(left.type, RangeType) or left.type.name == "boolean":
        return truth
    return all_hold(truth, Truth(Q(Compared(one, Value(""), sign=">"))))


def _compared_numbers(
    type_: NumberType, one: Any, against: Against, other: Any, sign: str
) -> Compared | ComparedTimes:
    # one / scale <sign> other / other scale * times, all multiplied out to whole numbers.
    assert isinstance(against.attribute.type, NumberType)
    a = against.attribute.type.scale * UNITS_PER_ONE
    b = type_.scale * to_units(against.times)
    common = gcd(a, b)
    a, b = a // common, b // common
    if a == b == 1:
        return Compared(one, other, sign=sign)
    return ComparedTimes(one, other, sign=sign, a=a, b=b)


def against_holds(
    left: Attribute, operator: Operator, against: Against, row: Any, facts: Facts
) -> bool:
    """Return the result of the same comparison for one row, in Python."""
    return any(
        _holds(left, one, operator, against, other, facts)
        for one in facts.read(left, row)
        for other in facts.read(against.attribute, row)
    )


def _holds(
    left: Attribute, one: Any, operator: Operator, against: Against, other: Any, facts: Facts
) -> bool:
    assert operator.compare is not None
    compare = _COMPARE[operator.compare]
    if isinstance(left.type, NumberType):
        with localcontext(prec=60):
            return compare(Decimal(one), Decimal(other) * against.times)
    if isinstance(left.type, TextType):
        return compare(fold(one), fold(other))
    if isinstance(one, datetime) and operator.compare == "=":
        return facts.clock.date_of(one) == facts.clock.date_of(other)
    return compare(one, other)
