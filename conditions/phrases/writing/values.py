"""Values in sentences: one, a pair, a list, another attribute."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.attribute import Attribute
from conditions.language.counted import MANY, Counted, form_of
from conditions.language.operators import Operator, Takes
from conditions.language.types import DATETIME_SPELLING, MONEY, DateType, NumberType
from conditions.phrases.measures import (
    FIRST_PART,
    OTHER_PART,
    PERIODS,
    POINT,
    Kind,
    kind_of,
    measure_words,
)
from conditions.phrases.names import Name, has_names, names_of, quotation
from conditions.phrases.template import Template, template
from core.text.formats import day_shown, format_amount, format_instant, number_shown

# The number of values of a longer list that readers see.
SHOWN = 12


def value_with_unit(
    attribute: Attribute, operator: Operator, value: Any, reserved: Collection[str], *, cut: bool
) -> str:
    """Return a positive `operator` with its value: "at least 50 EUR", "in the last 30 days".

    `value` is in its stored form. With `cut` a long list ends with the number of further values.
    """
    kind = kind_of(attribute.type)
    words = measure_words(attribute, operator.name)
    unit = unit_of(attribute)
    match operator.takes:
        case Takes.DAYS | Takes.HOURS | Takes.ANNIVERSARY_DAYS:
            return counted_template(words, value).write(value=number_shown(value))
        case Takes.PERIOD:
            return template(form_of(words)).write(value=str(PERIODS[value]))
        case Takes.PART:
            return template(form_of(words)).write(value=part_said(value))
        case Takes.PAIR:
            return template(form_of(words)).write(
                low=one_said(attribute, value[0]),
                high=with_unit(attribute, value[1], unit),
            )
        case Takes.LIST:
            said = _write_list(attribute, operator, kind, value, reserved, cut=cut)
            return template(form_of(words)).write(value=said)
        case _:
            said = (
                str(replace(names_of(attribute, [value], ())[0], is_bare=False))
                if takes_names(attribute, operator)
                else with_unit(attribute, value, unit)
            )
            return template(form_of(words)).write(value=said)


def counted_template(words: Counted, number: Any) -> Template:
    """Return the template of `words` for a number of days or hours, or for many."""
    return template(form_of(words, number if isinstance(number, int) else MANY))


def takes_names(attribute: Attribute, operator: Operator) -> bool:
    """Return whether `operator` compares with codes that may have names, not parts of a text."""
    return has_names(attribute) and operator.name not in kind_of(attribute.type).verbs


def unit_of(attribute: Attribute) -> Counted:
    """Return the unit that sentences add to numbers: the base currency for money."""
    return attribute.phrase.unit or own_unit_of(attribute)


def own_unit_of(attribute: Attribute) -> Counted:
    """Return the unit of numbers outside of sentences; money has the base currency here, too."""
    return settings.BASE_CURRENCY if attribute.type is MONEY else attribute.unit


def with_unit(attribute: Attribute, value: Any, unit: Counted) -> str:
    """Return one value, a number with its unit."""
    said = one_said(attribute, value)
    if not isinstance(attribute.type, NumberType):
        return said
    number = Decimal(value)
    whole = int(number) if number == int(number) else MANY
    return f"{said} {form_of(unit, whole)}".rstrip()


def one_said(attribute: Attribute, value: Any) -> str:
    """Return one value without a unit."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(attribute.type, NumberType):
        number = Decimal(value)
        return format_amount(number) if attribute.type is MONEY else number_shown(number)
    if isinstance(attribute.type, DateType):
        return point_said(value)
    return quotation(value)


def part_said(value: Mapping[str, Any]) -> str:
    """Return a part of a draw: "the first 10% of the draw “spring”"."""
    start, end = (number_shown(Decimal(str(value.get(key, 0)))) for key in ("from", "to"))
    salt = quotation(value["salt"])
    return part_templates()[start != "0"].write(low=start, high=end, salt=salt)


def part_templates() -> tuple[Template, Template]:
    """Return the template of a part that begins at 0, and that of any other part."""
    first, other = (template(str(words)).fill(percent="%") for words in (FIRST_PART, OTHER_PART))
    return first, other


def point_said(value: str) -> str:
    """Return a stored day or instant."""
    if DATETIME_SPELLING.fullmatch(value):
        said = format_instant(datetime.fromisoformat(value))
    else:
        said = day_shown(date.fromisoformat(value))
    return template(str(POINT)).write(day=said)


def _write_list(
    attribute: Attribute,
    operator: Operator,
    kind: Kind,
    values: Sequence[Any],
    reserved: Collection[str],
    *,
    cut: bool,
) -> str:
    more = max(0, len(values) - SHOWN) if cut and len(values) > SHOWN + 1 else 0
    shown = values[: len(values) - more]
    unit = unit_of(attribute)
    said: Sequence[str | Name]
    if takes_names(attribute, operator):
        said = names_of(attribute, shown, reserved)
    elif isinstance(attribute.type, NumberType) and not more:
        said = [one_said(attribute, one) for one in shown[:-1]]
        said = [*said, with_unit(attribute, shown[-1], unit)]
    else:
        said = [one_said(attribute, one) for one in shown]
    if len(values) == 1:
        (only,) = said
        if isinstance(only, Name) and only.is_bare and operator.name != "has_all_of":
            return str(only)
        return template(str(kind.list_of_one[operator.name])).write(value=str(only))
    texts = [str(one) for one in said]
    if more:
        texts.append(ngettext("%(count)s other", "%(count)s others", more) % {"count": more})
    return in_a_row(texts, conjunction(operator))


def conjunction(operator: Operator) -> str:
    """Return the word before the last value of a list."""
    return _(" and ") if operator.name == "has_all_of" else _(" or ")


def in_a_row(texts: Sequence[str], last: str) -> str:
    """Return `texts` as "A, B or C"; `last` stands before the last of them."""
    return last.join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]
