"""The warning `not_tracked`: a tree asks for the absence of what only some customers have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import Figure
from conditions.bases.comparison import Against
from conditions.chains.step import ChainStep
from conditions.language.operators import Operator, Takes
from conditions.language.types import NumberType, Value, ValueType
from conditions.language.windows import contains
from conditions.nodes.ranks import Ranked
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node, meaning_of, positive
from core.problems import Problem


def absences(node: Node, *, negated: bool = False, held: tuple[Any, ...] = ()) -> Iterator[Problem]:
    """Yield a warning for each place at `node` and below that untracked customers satisfy.

    `negated`: `node` counts by its complement. `held` are the conditions on the customer that hold
    wherever `node` matters: with `known_with` among them there is no warning.
    """
    if isinstance(node, Ranked):
        for group in node.populations:
            yield from absences(group)
    if isinstance(node, Condition):
        if _holds_without(node.attribute.type, node.operator, node.value) != negated:
            yield from _warnings(node.attribute, f"{node.path}.operator", held)
        return
    if isinstance(node, Group):
        negated ^= node.match in {"none", "not_all"}
        if (node.match == "all" and not negated) or (node.match == "not_all" and negated):
            held += tuple(_condition_key(child) for child in node.children)
    if isinstance(node, RelationGroup):
        yield from _of_figure(node, negated, held)
        for part in node.parts:  # The absence of a value can make a row the first or last one.
            yield from absences(part, held=held)
        yield from absences(node.group, negated=negated ^ _asks_for_none(node), held=held)
        return
    if isinstance(node, ChainStep):
        negated ^= node.is_absent
        if node.time.at is not None and negated:
            yield from _warnings(node.time.at, f"{node.path}.at", held)
        yield from absences(node.group, negated=negated, held=held)
        return
    for child in node.children:
        yield from absences(child, negated=negated, held=held)


def _of_figure(node: RelationGroup, negated: bool, held: tuple[Any, ...]) -> Iterator[Problem]:
    if node.of is None or node.operator is None or not isinstance(node.aggregate, Figure):
        return
    type_ = node.aggregate.result_type(node.of)
    if _holds_without(type_, node.operator, node.value) != negated:
        yield from _warnings(node.of, f"{node.path}.operator", held)


def _asks_for_none(node: RelationGroup) -> bool:
    """Return whether `node` is the more likely to hold, the fewer rows are chosen."""
    if node.operator is None or node.of is not None or not isinstance(node.aggregate, Figure):
        return bool(node.aggregate.twin)
    return _holds_without(node.aggregate.result_type(None), node.operator, node.value)


def _holds_without(type_: ValueType, operator: Operator, value: Value | Against | None) -> bool:
    """Return whether a comparison holds for the number 0, or for another value that is missing."""
    if operator.takes is Takes.NOTHING or not isinstance(type_, NumberType):
        return bool(operator.twin)
    if isinstance(value, Against):
        return False
    ranges = type_.ranges(positive(type_, operator), meaning_of(value))
    return any(contains(bounds, 0) for bounds in ranges) != bool(operator.twin)


def _condition_key(node: Node) -> Any:
    if isinstance(node, Condition) and node.attribute.relation is None:
        return (node.attribute.code, node.operator.name, node.json.get("value"))
    return None


def _warnings(attribute: Attribute, at: str, held: tuple[Any, ...]) -> Iterator[Problem]:
    if attribute.known_with is None:
        return
    known = [(one["attribute"], one["operator"], one["value"]) for one in attribute.known_with()]
    if any(one in held for one in known):
        return
    code, operator, value = known[0]
    text = _("Of customers who refuse tracking “%(label)s” is not kept: they count as not so.")
    text %= {"label": attribute.label}
    beside = registry.find_attribute(code)
    if beside is not None and beside.choices is not None:
        more = _(
            "To leave them out, put “%(condition)s” beside it, under “all” (in the API: %(codes)s)."
        )
        names = (
            beside.label,
            beside.type.operators[operator].label,
            beside.choices.labels([value])[value],
        )
        text += " " + more % {
            "condition": " ".join(map(str, names)),
            "codes": f"{code} {operator} {value}",
        }
    yield Problem(at, "not_tracked", text)
