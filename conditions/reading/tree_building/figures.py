"""Turns a fact about an attribute of customers, or about their figures, into conditions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

from conditions.attribute import Attribute
from conditions.bases.elapsed import DaysUntilAnniversary
from conditions.bases.row_figures.derived import Derived
from conditions.language.types import BOOLEAN, MONEY, DateType, NumberType
from conditions.reading.chunks.chunk import Length
from conditions.reading.facts.fact import Fact, Field, Unsaid
from conditions.reading.nodes import Node, all_of, rows_with
from conditions.reading.tree_building.fields import at_rows, field_said, of_customer
from conditions.reading.tree_building.leaves import (
    AMOUNT,
    COUNT,
    anniversary,
    bare,
    comparisons_of,
    condition_on_values,
    conditions_on_day,
    conditions_on_number,
    whole,
)
from conditions.reading.tree_building.rows import Rows
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation


def of_attribute(fact: Fact, model: Model) -> list[Node]:
    """Return the ways in which a fact about an attribute may be meant; raises `Unsaid` if none."""
    attribute, rows = model.attributes[fact.head], model.rows_of(fact.head)
    if isinstance(attribute, DaysUntilAnniversary):
        if len(fact.when) != 1 or fact.quantities or fact.values or fact.fields:
            raise Unsaid
        return [anniversary(attribute, fact.when[0])]
    if fact.verb and rows is not None and all(one.unit == "times" for one in fact.quantities):
        # "were refunded": about refunds as events, not about their amount.
        return Rows(replace(fact, head=rows.name, verb=False), rows, model).said()
    if fact.together:
        return _in_one_row(fact, attribute, rows, model)
    if fact.every or fact.extreme:
        raise Unsaid
    if fact.against is not None:
        return [_compare_with_figure(fact, *fact.against)]
    if isinstance(attribute, Derived) and rows is not None and _is_of_some_rows(fact, attribute):
        if isinstance(attribute.type, DateType):
            return _latest(fact, attribute, rows, model)
        return _figure(fact, attribute, rows, model)
    parts = [
        [condition_on_values(attribute, values.of(fact.head), values)] for values in fact.values
    ]
    if fact.when and rows is not None and model.has_time(fact.head):
        changed = model.time_of(rows)
        assert changed is not None
        parts += [conditions_on_day(changed, when, is_denied=False) for when in fact.when]
        parts += _of_same_row(fact, rows, model)
        return [rows_with(rows, "exists", nodes) for nodes in product(*parts)]
    parts += [conditions_on_day(attribute, when, is_denied=fact.denied) for when in fact.when]
    for quantity in fact.quantities:
        if not isinstance(attribute.type, NumberType) or quantity.unit == "percent":
            raise Unsaid
        if quantity.unit == "times" and (attribute.unit or attribute.type is MONEY):
            raise Unsaid
        parts.append(conditions_on_number(attribute, quantity))
    if fact.fields and not parts:
        if attribute.type is not BOOLEAN:
            # "first name, money spent": what is asked of the amount is not said.
            raise Unsaid
        parts.append([bare(attribute)])
    parts += [of_customer(one, model) for one in fact.fields]
    if not parts:
        if fact.is_broken and attribute.type is not BOOLEAN:
            # "born in May" does not mean that the birthday is known.
            raise Unsaid
        if isinstance(attribute, Derived) and not fact.denied and attribute.type is not BOOLEAN:
            # "the last order" has no meaning by itself.
            raise Unsaid
        return [bare(attribute, is_denied=fact.denied)]
    return [all_of(nodes) for nodes in product(*parts)]


def _of_same_row(fact: Fact, rows: Relation, model: Model) -> list[list[Node]]:
    """Return the conditions of the fields of `fact`; raises `Unsaid` for other rows and numbers."""
    named = [(one, *at_rows(one.codes, rows, model, one)) for one in fact.fields]
    if fact.quantities or any(place is not rows for _one, _attribute, place in named):
        raise Unsaid
    return [field_said(attribute, one, model) for one, attribute, _place in named]


def _in_one_row(
    fact: Fact, attribute: Attribute, rows: Relation | None, model: Model
) -> list[Node]:
    """Return "spent more than 500 in one order" as a condition on one order, not on the total."""
    is_sum = isinstance(attribute, Derived) and attribute.aggregate.name == "sum"
    amount = model.amount_of(rows) if rows is not None else None
    if rows is None or amount is None or not is_sum or attribute.type is not amount.type:
        raise Unsaid
    return Rows(replace(fact, head=rows.name, together=False, verb=False), rows, model).said()


def _compare_with_figure(fact: Fact, code: str, times: Decimal) -> Node:
    """Return the comparison with `times` another figure."""
    if len(fact.quantities) != 1 or fact.when or fact.values or fact.fields:
        raise Unsaid
    against = {"attribute": code}
    if fact.quantities[0].op not in {"before", "after"}:
        against["times"] = f"{times:f}"
    return {"attribute": fact.head, "operator": fact.quantities[0].op, "value": against}


def _is_of_some_rows(fact: Fact, attribute: Derived) -> bool:
    """Return whether the fact restricts the rows that the figure is made of."""
    has_products = any(fact.head not in values.attributes for values in fact.values)
    besides = fact.quantities if isinstance(attribute.type, DateType) else fact.when
    return has_products or bool(besides or fact.fields)


def _figure(fact: Fact, attribute: Derived, relation: Relation, model: Model) -> list[Node]:
    """Return a figure over some of the rows only: "spent ... in the last 30 days"."""
    if len(fact.quantities) != 1:
        raise Unsaid
    if any(isinstance(one, Length) and one.is_single for one in fact.when) and not fact.denied:
        # "more than 500 in a month": it may be any month.
        raise Unsaid
    chosen = Fact(head=relation.name, when=fact.when, values=fact.values, fields=fact.fields)
    aggregate, lines = attribute.aggregate.name, model.products_of(relation)
    found: list[Node] = []
    for node in Rows(chosen, relation, model).said():
        if "relation" not in node:
            raise Unsaid
        of_code = attribute.of_code
        if fact.values and lines not in (None, relation) and node["relation"] == lines.name:
            amount = model.amount_of(lines)
            if amount is None or aggregate not in {"sum", "avg"}:
                raise Unsaid
            of_code = amount.code
        is_count = aggregate in {"count", "count_distinct"}
        for operator, value in comparisons_of(
            fact.quantities[0], COUNT if aggregate == "count" else AMOUNT
        ):
            value = whole(value) if is_count else value
            of = {"of": of_code} if of_code else {}
            found.append(
                {**node, "aggregate": aggregate, "operator": operator, "value": value, **of}
            )
    return found


def _earliest(fact: Fact, attribute: Derived, relation: Relation, model: Model) -> list[Node]:
    """Return conditions on the first row: "the first order was over 100".

    With a time, the first of all rows is meant, or the first of the rows that fit: "first order
    over 100 in 2024". Raises `Unsaid` for a denial and for a habit.
    """
    time = model.time_of(relation)
    if fact.denied or fact.habit is not None or time is None:
        raise Unsaid
    chosen = Fact(
        head=relation.name, quantities=fact.quantities, values=fact.values, fields=fact.fields
    )
    rows: list[Node] = []
    fitting: list[Node] = []
    for node in Rows(chosen, relation, model).said():
        if node.get("aggregate") != "exists":
            continue
        inner = [node] if node["relation"] != relation.name else node["conditions"]
        rows.append({**rows_with(relation, "exists", inner), "first": 1})
        first = {"rows": 1, "match": "all", "conditions": inner}
        fitting.append({**rows_with(relation, "exists", []), "first": first})
    if not rows or any(one.unit not in {"", "money", "worth"} for one in fact.quantities):
        raise Unsaid
    days = [conditions_on_day(attribute, when, is_denied=False) for when in fact.when]
    found = [all_of(nodes) for nodes in product(rows, *days)]
    if fact.when:
        times = [conditions_on_day(time, when, is_denied=False) for when in fact.when]
        found += [{**one, "conditions": list(each)} for one in fitting for each in product(*times)]
    return found


def _latest(fact: Fact, attribute: Derived, relation: Relation, model: Model) -> list[Node]:
    """Return conditions on the last row: "the last order was over 100".

    Raises `Unsaid` for the day of a row that may not count: "the last order in May was canceled".
    """
    rows = Rows(fact, relation, model).relation
    if fact.when and rows is not relation:
        raise Unsaid
    relation = rows
    if attribute.aggregate.name == "min":
        return _earliest(fact, attribute, relation, model)
    if attribute.aggregate.name != "max":
        raise Unsaid
    amount, latest = model.amount_of(relation), rows_with(relation, "latest", [])
    parts: list[list[Node]] = []
    for quantity in fact.quantities:
        if amount is None or quantity.unit not in {"", "money", "worth"}:
            raise Unsaid
        parts.append([_as_figure(latest, node) for node in conditions_on_number(amount, quantity)])
    named = [
        Field(tuple(values.attributes), fact.chunks[0], values=values) for values in fact.values
    ]
    for one in (*fact.fields, *named):
        asked, place = at_rows(one.codes, relation, model, one)
        if place is not relation:
            raise Unsaid
        parts.append([_as_figure(latest, node) for node in field_said(asked, one, model)])
    parts += [conditions_on_day(attribute, when, is_denied=False) for when in fact.when]
    return [all_of(nodes) for nodes in product(*parts)]


def _as_figure(group: Node, condition: Node) -> Node:
    """Return `group`, a figure of one row, with the comparison of `condition`."""
    said = {key: value for key, value in condition.items() if key != "attribute"}
    return {**group, "of": condition["attribute"], **said}
