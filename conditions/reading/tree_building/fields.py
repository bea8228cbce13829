"""Turns fields (named attributes with their comparisons) into conditions."""

from __future__ import annotations

from collections.abc import Sequence

from conditions.attribute import Attribute
from conditions.language.types import BOOLEAN, DateType, NumberType
from conditions.reading.facts.fact import Field, Unsaid
from conditions.reading.nodes import Node, complement_of
from conditions.reading.tree_building.leaves import (
    bare,
    condition_on_values,
    conditions_on_day,
    conditions_on_number,
)
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation


def field_said(
    attribute: Attribute, one: Field, model: Model, *, is_denied: bool = False
) -> list[Node]:
    """Return the ways in which a field that names `attribute` may be meant.

    `is_denied`: the rows of the field are denied, so that a length of time means the last days.
    Raises Unsaid where the attribute cannot have the field's number, time or value, and for a
    number without comparison whose name alone has no meaning.
    """
    is_number = isinstance(attribute.type, NumberType)
    if one.quantity is not None:
        if not is_number or one.quantity.unit == "percent":
            raise Unsaid
        found = conditions_on_number(attribute, one.quantity)
    elif one.when is not None:
        found = conditions_on_day(attribute, one.when, is_denied=one.denied or is_denied)
    elif one.values is not None:
        known = one.values.attributes
        if matched := model.value_code((attribute.code,), known):
            attribute, under = model.attributes[matched[0]], matched[1]
        elif one.values.literal:
            under = known[0]
        else:
            raise Unsaid
        found = [condition_on_values(attribute, one.values.of(under), one.values, one.spelled)]
    elif is_number:
        if not attribute.with_or_without:
            raise Unsaid
        operator = "is" if one.denied else "gt"
        return [{"attribute": attribute.code, "operator": operator, "value": "0"}]
    elif attribute.type is BOOLEAN:
        found = [bare(attribute)]
    else:
        found = [{"attribute": attribute.code, "operator": "is_not_empty"}]
    return [complement_of(node, model) for node in found] if one.denied else found


def of_customer(one: Field, model: Model) -> list[Node]:
    """Return the ways in which a field that describes customers may be meant."""
    code = min(one.codes, key=lambda code: not _suits(code, one, model))
    return field_said(model.attributes[code], one, model)


def at_rows(
    codes: Sequence[str], relation: Relation, model: Model, one: Field | None = None
) -> tuple[Attribute, Relation]:
    """Return the attribute meant at `relation` or its lines, and the relation that it belongs to.

    It is one of `codes`, or their counterpart at these rows: the one that suits the comparison of
    `one` best. Raises `Unsaid` where there is none.
    """
    if one is not None:
        codes = sorted(codes, key=lambda code: not _suits(code, one, model))
    for place in (relation, *model.lines_of(relation)):
        for code in codes:
            own = model.attributes.get(f"{place.prefix}.{code.partition('.')[2]}")
            if own is not None and code in model.attributes:
                return own, place
    raise Unsaid


def _suits(code: str, one: Field, model: Model) -> bool:
    """Return whether the comparison of a field suits the attribute `code`."""
    attribute = model.attributes[code]
    if isinstance(attribute.type, NumberType):
        is_bare = one.values is None and attribute.with_or_without
        return one.quantity is not None or (is_bare and one.denied)
    if isinstance(attribute.type, DateType):
        return one.when is not None
    if one.values is not None:
        return one.values.literal or model.fits((code,), one.values.attributes)
    return one.quantity is None and one.when is None
