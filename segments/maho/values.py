"""Converts values of Maho's conditions."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.language.types import DateType, NumberType, ValueType
from core.text.exact_numbers import BadValue, number_of
from core.text.formats import quote_value
from segments.maho.document import Maps
from segments.maho.targets import Target

DATE_AND_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"([ T]([0-9]{2}:[0-9]{2}(:[0-9]{2})?)(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
# Times that mean the whole day: its first and its last instant.
WHOLE_DAY = {None, "00:00", "00:00:00", "23:59:59"}
BOOLEANS = {"1": True, "0": False}


def elements(raw: Any) -> list[Any]:
    """Return the values of a list, which Maho writes as a list or as comma-separated text."""
    if isinstance(raw, str):
        return [part.strip() for part in raw.split(",")]
    if isinstance(raw, list):
        return [part.strip() if isinstance(part, str) else part for part in raw]
    return [raw]


def read_value(raw: Any, target: Target, type_: ValueType, maps: Maps) -> Any:
    """Return one converted value; None where it means “no value”.

    Raises BadValue for an invalid value.
    """
    if isinstance(raw, dict | list):
        raise BadValue("not_a_value", _("One value is needed here, a text or a number."))
    if target.numbers is not None and str(raw) in target.numbers:
        return target.numbers[str(raw)]
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A value is needed here."))
    if target.numbers is not None:
        raise _unknown_number(raw, target.numbers)
    if target.ids:
        return _code(raw, target, maps)
    if type_.name == "boolean":
        return _boolean(raw)
    if isinstance(type_, DateType):
        return _date(raw)
    if isinstance(type_, NumberType):
        return _negated_number(raw) if target.is_negated else raw
    return _text(raw)


def has_time_of_day(raw: Any, type_: ValueType) -> bool:
    """Return whether the value has a time of day, which the conversion drops."""
    found = DATE_AND_TIME.fullmatch(raw) if isinstance(raw, str) else None
    return isinstance(type_, DateType) and found is not None and found[3] not in WHOLE_DAY


def code_of(raw: Any, name: str, maps: Maps) -> str:
    """Return this shop's code of Maho's id `raw` by the map `name`. Raises BadValue."""
    key = "" if isinstance(raw, bool) else str(raw)
    if key not in maps.get(name, {}):
        raise BadValue(
            "unknown_id",
            _("The map “%(map)s” has no code for the id %(id)s.")
            % {"map": name, "id": quote_value(raw)},
        )
    return maps[name][key]


def _unknown_number(raw: Any, numbers: Iterable[str]) -> BadValue:
    known = ", ".join(filter(None, numbers))
    return BadValue(
        "unknown_id",
        _("%(id)s is not one of Maho's %(known)s.") % {"id": quote_value(raw), "known": known},
    )


def _code(raw: Any, target: Target, maps: Maps) -> str:
    if target.or_text and isinstance(raw, str) and not raw.isdecimal():
        return raw
    return code_of(raw, target.ids, maps)


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw) not in BOOLEANS:
        raise BadValue("not_a_boolean", _("%(value)s is not 1 or 0.") % {"value": quote_value(raw)})
    return BOOLEANS[str(raw)]


def _date(raw: Any) -> str:
    found = DATE_AND_TIME.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise BadValue(
            "not_a_date",
            _("%(value)s is not a date: write it like 2026-04-10.") % {"value": quote_value(raw)},
        )
    return found[1]


def _negated_number(raw: Any) -> str:
    # 0 - x instead of -x, which could be minus zero.
    return format((Decimal(0) - number_of(raw)).normalize(), "f")


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        raise BadValue("not_a_text", _("%(value)s is not a text.") % {"value": quote_value(raw)})
    return str(raw)
