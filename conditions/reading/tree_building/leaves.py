"""Conditions on one attribute, from the values, numbers and times of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from conditions.attribute import Attribute
from conditions.bases.elapsed import DaysUntilAnniversary
from conditions.language.types import (
    BOOLEAN,
    CATEGORY,
    DATE,
    INTEGER,
    PART,
    SET,
    CodeType,
    DateType,
    NumberType,
    TextType,
)
from conditions.reading.chunks.chunk import Length, Period, Quantity
from conditions.reading.facts.fact import Unsaid, Values
from conditions.reading.nodes import Node, any_of

# The meanings of an amount, and of a number of rows, without comparison; the likeliest first.
AMOUNT, COUNT = ("gte", "is"), ("is", "gte")


def condition_on_values(
    attribute: Attribute, values: Sequence[Any], said: Values, spelled: str = ""
) -> Node:
    """Return that the attribute has one of `values`; for a set listed with "and", all of them.

    `spelled`: how texts are compared, such as `starts_with`. Raises Unsaid for a type of attribute
    that cannot be compared with values.
    """
    type_, several = attribute.type, len(values) > 1
    if isinstance(type_, NumberType):
        value = whole(values[0]) if type_ is INTEGER else values[0]
        return {"attribute": attribute.code, "operator": "is", "value": value}
    if isinstance(type_, TextType) and (spelled or attribute.said_in_part):
        operator = spelled or "contains"
        return any_of(
            [{"attribute": attribute.code, "operator": operator, "value": one} for one in values]
        )
    if type_ is CATEGORY:
        operator = "is_one_of_or_below" if several else "is_or_below"
    elif type_ is SET:
        operator = "has" if not several else "has_all_of" if said.join == "and" else "has_any_of"
    elif type_ is BOOLEAN:
        operator = "is"
    elif type_ is PART and not several:
        operator = "is_in"
    elif isinstance(type_, TextType | CodeType):
        operator = "is_one_of" if several else "is"
    else:
        raise Unsaid
    value = list(values) if several else values[0]
    return {"attribute": attribute.code, "operator": operator, "value": value}


def bare(attribute: Attribute, *, is_denied: bool = False) -> Node:
    """Return the condition that an attribute's name alone stands for: "no gender".

    Raises Unsaid where the name of an attribute of its type has no meaning by itself.
    """
    if attribute.type is BOOLEAN:
        return {"attribute": attribute.code, "operator": "is", "value": True}
    if attribute.meant:
        return {"attribute": attribute.code, "operator": "is", "value": attribute.meant}
    if isinstance(attribute.type, DateType) or (is_denied and isinstance(attribute.type, CodeType)):
        return {"attribute": attribute.code, "operator": "is_not_empty"}
    raise Unsaid


# Numbers.


def conditions_on_number(attribute: Attribute, quantity: Quantity) -> list[Node]:
    """Return that the attribute's number is `quantity`, in each way that may be meant."""
    return [
        {
            "attribute": attribute.code,
            "operator": operator,
            "value": whole(value) if attribute.type is INTEGER else value,
        }
        for operator, value in comparisons_of(
            quantity, AMOUNT[1:] if attribute.is_ordinal else AMOUNT
        )
    ]


def comparisons_of(quantity: Quantity, otherwise: Sequence[str]) -> list[tuple[str, Any]]:
    """Return operator and value; each operator of `otherwise` where no word compares the number."""
    numbers = [f"{number:f}" for number in quantity.numbers]
    if quantity.op == "is_one_of" and len(numbers) == 2:
        low, high = quantity.numbers
        if high == low + 1 and low == int(low):
            return [("between", numbers)]
    if quantity.op in {"between", "is_one_of"}:
        return [(quantity.op, numbers)]
    if quantity.op:
        return [(quantity.op, numbers[0])]
    if quantity.numbers[0] == 0:
        return [("is", numbers[0])]
    return [(operator, numbers[0]) for operator in otherwise]


def whole(value: Any) -> Any:
    """Return a number as an int where it is whole; a list with each number converted."""
    if isinstance(value, list):
        return [whole(one) for one in value]
    number = Decimal(value)
    return int(number) if number == int(number) else value


# Times.


def conditions_on_day(
    attribute: Attribute, when: Length | Period, *, is_denied: bool
) -> list[Node]:
    """Return that the attribute's day is in `when`, in each way that may be meant.

    `is_denied`: the rows that have this time are denied, so that a length means the last so many
    days. Raises Unsaid where the attribute cannot be compared with such a time.
    """
    if isinstance(when, Length):
        if isinstance(attribute.type, DateType):
            return [_ago(attribute.code, when, is_denied=is_denied)]
        if isinstance(attribute.type, NumberType) and attribute.unit:
            return [_days(attribute.code, when)]
        raise Unsaid
    found = []
    for operator, value in when.choices:
        if operator == "all":
            each = [conditions_on_day(attribute, one, is_denied=is_denied)[0] for one in value]
            found.append({"match": "all", "conditions": each})
        elif operator == "any":
            found.append(
                any_of([conditions_on_day(attribute, one, is_denied=is_denied)[0] for one in value])
            )
        elif isinstance(attribute.type, DateType) and not (when.latest and attribute.type is DATE):
            found.append({"attribute": attribute.code, "operator": operator, "value": value})
    if not found:
        raise Unsaid
    return found


def _ago(code: str, when: Length, *, is_denied: bool) -> Node:
    number, unit = when.number, "hours" if when.hours else "days"
    kind = when.kind
    if kind == "length" and not is_denied:
        # "ordered two weeks": neither within two weeks nor before them.
        raise Unsaid
    if when.op in {"lt", "lte"} and kind == "for":
        if is_denied:
            # "no order for less than 20 days"
            raise Unsaid
        kind = f"ago_{when.op}"
    if kind in {"for", "length"}:
        kind = "last" if is_denied else "ago_gt"
    if kind in {"ago_gte", "ago_lt"} and not when.hours:
        number -= 1
    if kind in {"ago_gt", "ago_gte"}:
        operator = f"more_than_{unit}_ago"
    elif kind != "next":
        operator = f"in_last_{unit}"
    elif when.hours:
        raise Unsaid
    else:
        operator = "in_next_days"
    return {"attribute": code, "operator": operator, "value": number}


def _days(code: str, when: Length) -> Node:
    operator = {
        "for": when.op or "gte", "length": "gte", "ago_gt": "gt", "ago_gte": "gte",
        "ago_lt": "lt", "ago_lte": "lte", "last": "lte", "within": "lte",
    }.get(when.kind)  # fmt: skip
    if operator is None or when.hours:
        raise Unsaid
    return {"attribute": code, "operator": operator, "value": when.number}


def anniversary(days_until: DaysUntilAnniversary, when: Length | Period) -> Node:
    """Return that the day until which `days_until` counts, such as a birthday, is in `when`.

    Raises Unsaid for a length that is not in the next 366 whole days, and for a period other than
    today and tomorrow.
    """
    if isinstance(when, Length):
        is_soon = when.kind in {"next", "within", "length", "ago_lte"} and not when.hours
        if not is_soon or when.number > 366:
            raise Unsaid
        operator = "anniversary_in_next_days"
        return {"attribute": days_until.of_code, "operator": operator, "value": when.number}
    operator, value = when.choices[0]
    if operator == "any":
        return any_of([anniversary(days_until, one) for one in value])
    days = {"today": 0, "tomorrow": 1}.get(value) if operator == "in_period" else None
    if days is None:
        raise Unsaid
    return {"attribute": days_until.code, "operator": "is", "value": days}
