"""Trees that are relative to the clock, in every way that the registry offers."""

from typing import Any

from hypothesis import strategies as st

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES
from conditions.language.operators import Operator, Takes
from conditions.language.types import DATE, DATETIME
from conditions.language.windows import PERIODS, UNITS
from conditions.tests.examples.trees import sides

RELATIVE = {Takes.DAYS, Takes.HOURS, Takes.PERIOD, Takes.ANNIVERSARY_DAYS}
NUMBERS = [0, 1, 2, 7, 30, 31]
MATCH = st.sampled_from(["all", "any", "none", "not_all"])


@st.composite
def clock_trees(draw: Any) -> dict[str, Any]:
    """Draw a tree of one or two conditions, each of them relative to the clock."""
    found = draw(st.lists(clock_conditions(), min_size=1, max_size=2))
    return {"match": draw(MATCH), "conditions": found}


@st.composite
def clock_conditions(draw: Any) -> dict[str, Any]:
    """Draw a condition that is relative to the clock, at a customer or in a relation group."""
    dated = [one for one in registry.attributes() if one.type in (DATE, DATETIME)]
    moving = [one for one in registry.attributes() if one.moves]
    attribute = draw(st.sampled_from([*dated, *moving]))
    if attribute in moving:
        return draw(_figure(attribute))
    condition = draw(_date(attribute))
    if attribute.relation is None:
        return condition
    return draw(st.sampled_from([condition, draw(_group(attribute, condition))]))


@st.composite
def _figure(draw: Any, attribute: Attribute) -> dict[str, Any]:
    operator = draw(st.sampled_from(["gt", "gte", "lte", "is", "is_not", "between", "is_one_of"]))
    value = draw(st.sampled_from(NUMBERS))
    if operator == "between":
        value = [value, value + draw(st.sampled_from(NUMBERS))]
    elif operator == "is_one_of":
        value = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3))
    elif draw(st.integers(0, 3)) == 0:
        others = sides(attribute, None)
        value = {"attribute": draw(st.sampled_from(others)).code}
    return {"attribute": attribute.code, "operator": operator, "value": value}


@st.composite
def _date(draw: Any, attribute: Attribute) -> dict[str, Any]:
    operator = draw(st.sampled_from(clock_operators(attribute)))
    return {
        "attribute": attribute.code,
        "operator": operator.name,
        "value": draw(_value(operator)),
    }


def _value(operator: Operator) -> Any:
    if operator.takes is Takes.PERIOD:
        return st.sampled_from(sorted(PERIODS))
    return st.sampled_from([*NUMBERS, 24])


def clock_operators(attribute: Attribute) -> list[Operator]:
    """Return the operators of `attribute` whose value is relative to the clock."""
    return [one for one in attribute.type.operators.values() if one.takes in RELATIVE]


@st.composite
def _periods(draw: Any, attribute: Attribute, condition: dict[str, Any]) -> dict[str, Any]:
    """Draw the keys of a relation group about periods, with or without the condition."""
    unit = draw(st.sampled_from(sorted(UNITS)))
    found: dict[str, Any] = {"aggregate": "stopped"}
    found["periods"] = {"unit": unit, "count": draw(st.sampled_from([1, 2, 5]))}
    if attribute.type is DATETIME:
        found["at"] = attribute.code
    if draw(st.booleans()):
        number = {"operator": "is", "value": draw(st.sampled_from([0, 1, 2]))}
        found |= {"aggregate": "active_periods", **number}
    return found | draw(st.sampled_from([{}, {"conditions": [condition]}]))


@st.composite
def _group(draw: Any, attribute: Attribute, condition: dict[str, Any]) -> dict[str, Any]:
    node = {"relation": attribute.relation}
    if draw(st.booleans()):
        return node | draw(_periods(attribute, condition))
    if draw(st.booleans()):
        chosen = {
            "aggregate": "count",
            "operator": draw(st.sampled_from(["gte", "lte", "is", "is_not"])),
            "value": draw(st.sampled_from([0, 1, 2])),
        }
        return {**node, **chosen, "match": "all", "conditions": [condition]}
    relation = registry.relation(node["relation"])
    figures = [one for one in FIGURES.values() if one.picks and one.is_offered(relation)]
    figure = {
        **node,
        "aggregate": draw(st.sampled_from(figures)).name,
        "of": attribute.code,
        "operator": condition["operator"],
        "value": condition["value"],
    }
    if draw(st.booleans()):
        figure["conditions"] = [draw(_date(attribute))]
    return figure
