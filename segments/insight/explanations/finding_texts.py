"""The wording of an explanation's findings."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.attribute import Attribute
from conditions.language.counted import MANY, form_of
from conditions.language.types import MONEY, NumberType, RangeType
from conditions.phrases.writing.values import own_unit_of
from core.text.formats import day_shown, moment_shown, money_shown, number_shown

CENT = Decimal("0.01")

# Python reads an order's number, 1000091700, as a day of the year 1000.
ISO = re.compile(r"\d{4}-\d\d-\d\d(T|$)")


def rank_words(actual: dict[str, Any], figure: Attribute) -> str:
    """Say a figure with its place among others, or beside their average or median."""
    own = found_words(actual["figure"], figure)
    if actual.get("rank") is not None:
        return _("%(value)s: place %(rank)s of %(size)s") % {
            "value": own,
            "rank": number_shown(actual["rank"]),
            "size": number_shown(actual["of"]),
        }
    for key, text in (
        ("average", _("%(value)s; average: %(amount)s")),
        ("median", _("%(value)s; median: %(amount)s")),
    ):
        if actual.get(key) is not None:
            return text % {"value": own, "amount": found_words(actual[key], figure)}
    return own


def found_words(actual: Any, attribute: Attribute | None = None) -> str:
    """Return what an explanation found of `attribute` (None: of rows), as a person reads it."""
    match actual:
        case None:
            return _("nothing")
        case bool():
            return _("yes") if actual else _("no")
        case {"count": int(count)}:
            return _rows_words(count, actual, attribute)
        case dict():
            names = _names(attribute, list(actual))
            return ", ".join(f"{names[name]}: {found_words(one)}" for name, one in actual.items())
        case list():
            return ", ".join(found_words(one, attribute) for one in actual) or _("nothing")
        case int():
            return _with_unit(number_shown(actual), attribute, actual)
        case str() if attribute is not None and isinstance(attribute.type, NumberType):
            return _number_words(Decimal(actual), attribute)
        case str() if attribute is not None and not isinstance(attribute.type, RangeType):
            return _names(attribute, [actual])[actual]
        case _:
            return _date_words(str(actual))


def _with_unit(shown: str, attribute: Attribute | None, number: int) -> str:
    """Return `number`, `shown` so, with the unit of the attribute's values, if they have one."""
    unit = "" if attribute is None else form_of(own_unit_of(attribute), number)
    return f"{shown} {unit}".strip()


def _rows_words(count: int, found: dict[str, Any], attribute: Attribute | None) -> str:
    """Say how many rows fitted and the first of them, or the figure and whose it is."""
    words = (
        ngettext("of %(count)s", "of %(count)s", count) % {"count": number_shown(count)}
        if "value" in found
        else ngettext("%(count)s fits", "%(count)s fit", count) % {"count": number_shown(count)}
    )
    # Beside a figure stand the rows that it was made of.
    of_rows = None if "value" in found else attribute
    rows = [found_words(row, of_rows) for row in found.get("rows", []) if row is not None]
    if rows:
        words += f" ({', '.join(rows)}{', …' if count > len(rows) else ''})"
    if "value" in found:
        value = found_words(found["value"], attribute)
        words = _("%(value)s; %(rows)s") % {"value": value, "rows": words}
    return words


def _names(attribute: Attribute | None, codes: list[str]) -> dict[str, str]:
    names = {} if attribute is None else attribute.names(codes)
    return {code: names.get(code) or code for code in codes}


def _number_words(number: Decimal, attribute: Attribute) -> str:
    if attribute.type is MONEY:
        # A computed amount may have more decimals than cents.
        return money_shown(number.quantize(CENT, ROUND_HALF_UP))
    shown = number_shown(number)
    return _with_unit(shown, attribute, int(number) if number == int(number) else MANY)


def _date_words(text: str) -> str:
    """Return a date or time as the reader writes it; any other text as it is."""
    if not ISO.match(text):
        return text
    try:
        if "T" not in text:
            return day_shown(date.fromisoformat(text))
        return moment_shown(datetime.fromisoformat(text))
    except ValueError:
        return text
