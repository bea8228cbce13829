"""The value of a key of a behaviour's JSON, by its type: the rule that all evaluation shares.

A value of another JSON type, or out of range, is missing. `expressions` has the same rule in
PostgreSQL's SQL; SQLite calls `stored_value`.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from conditions.language.types import DATETIME_SPELLING
from conditions.language.types.dates import DATE_SPELLING
from core.database.fields import AMOUNT_LIMIT, rounded, to_units
from core.text.exact_json import WrittenFloat
from core.text.exact_numbers import NUMBER_SPELLING
from core.text.folding import fold

# Instants near the calendar's ends cannot be brought to every zone.
FIRST_YEAR, LAST_YEAR = 2, 9998


def value_of(document: Any, key: str, type_name: str, options: Collection[str] = ()) -> Any | None:
    """Return the value of `key` in the JSON object `document`; None where it is missing.

    `type_name` is the name of an attribute's type. A choice with `options` has no other value.
    """
    given = document.get(key) if isinstance(document, Mapping) else None
    value = _READERS[type_name](given)
    return None if options and value not in options else value


def stored_value(document: str | None, key: str, type_name: str, options: str) -> Any:
    """Return the value as SQLite compares it; `document` and the list `options` are JSON texts."""
    given = None if document is None else json.loads(document, parse_float=WrittenFloat)
    value = value_of(given, key, type_name, json.loads(options))
    if isinstance(value, Decimal):
        return to_units(value)
    if type_name == "text":
        return None if value is None else fold(value)
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=None))
    return value.isoformat() if isinstance(value, date) else value


def _exact(given: Any) -> Decimal | None:
    if isinstance(given, str):
        number = Decimal(given) if NUMBER_SPELLING.fullmatch(given) else None
    elif isinstance(given, bool):
        number = None
    elif isinstance(given, WrittenFloat):
        number = Decimal(given.written)
    elif isinstance(given, float):
        number = Decimal(repr(given))
    else:
        number = Decimal(given) if isinstance(given, int) else None
    if number is None or not number.is_finite() or number.copy_abs() > AMOUNT_LIMIT:
        return None
    return number


def _number(given: Any) -> Decimal | None:
    number = _exact(given)
    return None if number is None else rounded(number) or Decimal(0)


def _integer(given: Any) -> int | None:
    number = _exact(given)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) and given else None


def _boolean(given: Any) -> bool | None:
    return given if isinstance(given, bool) else None


def _date(given: Any) -> date | None:
    try:
        is_spelled = isinstance(given, str) and DATE_SPELLING.fullmatch(given)
        return date.fromisoformat(given) if is_spelled else None
    except ValueError:
        return None


def _datetime(given: Any) -> datetime | None:
    spelled = DATETIME_SPELLING.fullmatch(given) if isinstance(given, str) else None
    if spelled is None or spelled[3] is None:
        return None
    try:
        point = datetime.fromisoformat(given)
    except ValueError:
        return None
    return point.astimezone(UTC) if FIRST_YEAR <= point.year <= LAST_YEAR else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "choice": _text,
    "category": _text,
}
