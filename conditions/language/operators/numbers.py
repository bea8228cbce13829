"""Operators of numbers: `ranges(value, scale)` are whole numbers of 1/scale."""

import math
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from conditions.language.operators.base import (
    IS_EMPTY,
    IS_NOT_EMPTY,
    Operator,
    Takes,
    negation,
    table,
)
from conditions.language.windows import Ranges


def _floor(value: Decimal, scale: int) -> int:
    return math.floor(value * scale)


def _ceil(value: Decimal, scale: int) -> int:
    return math.ceil(value * scale)


def _exactly(value: Decimal, scale: int) -> Ranges:
    low, high = _ceil(value, scale), _floor(value, scale)
    return [(low, high)] if low <= high else []


def _from_to(value: tuple[Decimal, Decimal], scale: int) -> Ranges:
    low, high = _ceil(value[0], scale), _floor(value[1], scale)
    return [(low, high)] if low <= high else []


_NUMBER_IS = Operator(
    "is", _("is"), ranges=_exactly, test=lambda actual, value: actual == value, compare="="
)
_GT = Operator(
    "gt",
    _("is more than"),
    ranges=lambda value, scale: [(_floor(value, scale) + 1, None)],
    test=lambda actual, value: actual > value,
    compare=">",
)
_GTE = Operator(
    "gte",
    _("is at least"),
    ranges=lambda value, scale: [(_ceil(value, scale), None)],
    test=lambda actual, value: actual >= value,
    compare=">=",
)
_LT = Operator(
    "lt",
    _("is less than"),
    ranges=lambda value, scale: [(None, _ceil(value, scale) - 1)],
    test=lambda actual, value: actual < value,
    compare="<",
)
_LTE = Operator(
    "lte",
    _("is at most"),
    ranges=lambda value, scale: [(None, _floor(value, scale))],
    test=lambda actual, value: actual <= value,
    compare="<=",
)
_NUMBER_BETWEEN = Operator(
    "between",
    _("is between"),
    Takes.PAIR,
    ranges=_from_to,
    test=lambda actual, value: value[0] <= actual <= value[1],
)
_NUMBER_ONE_OF = Operator(
    "is_one_of",
    _("is one of"),
    Takes.LIST,
    ranges=lambda values, scale: [r for value in values for r in _exactly(value, scale)],
    test=lambda actual, values: actual in values,
)
NUMBER = table(
    _NUMBER_IS,
    negation("is_not", _("is not"), _NUMBER_IS),
    _GT,
    _GTE,
    _LT,
    _LTE,
    _NUMBER_BETWEEN,
    negation("not_between", _("is not between"), _NUMBER_BETWEEN),
    _NUMBER_ONE_OF,
    negation("is_not_one_of", _("is not one of"), _NUMBER_ONE_OF),
    IS_NOT_EMPTY,
    IS_EMPTY,
)
