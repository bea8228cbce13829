"""Conversion of a template's values to plain data."""

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from campaigns.templates.language.names import NAMES

# Characters that HTML, XML and headers do not allow; tab, LF and CR are allowed.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 20
_MOST_BITS = 256
_MOST_DIGITS = 100


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `values`: the known names alone, and nothing but plain data.

    A value that is no text, number, date, list or mapping becomes None: so no template can call
    anything or reach a model. Texts that are marked as safe lose the mark, and are escaped.
    """
    return {name: _plain(values.get(name), 0) for name in NAMES}


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | date):
        return value
    if isinstance(value, str):
        # `str.__str__` makes a plain text of an instance of a subclass.
        return _UNPRINTABLE.sub("", str.__str__(value))
    if isinstance(value, int | float | Decimal):
        return value if _is_readable(value) else None
    if depth == _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth + 1) for inner in value]
    return None


def _is_readable(number: int | float | Decimal) -> bool:
    if isinstance(number, int):
        return number.bit_length() <= _MOST_BITS
    if isinstance(number, float):
        return math.isfinite(number)
    return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS
