"""Conditions on places among others, and on averages: "the top 10% by sales"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.row_figures.derived import Derived
from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.stored_nodes import is_rank
from conditions.language.types import SEGMENT
from conditions.reading.chunks.ranks import RankRead
from conditions.reading.facts.fact import Unsaid, Values
from conditions.reading.languages.rank_words.model import FIGURES
from conditions.reading.nodes import Node, rows_with
from conditions.reading.tree_building.leaves import conditions_on_day
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation

SALES = "sales"


def complete_rank(read: RankRead, kind: str, content: Any, model: Model) -> RankRead | None:
    """Return `read` with the content of a chunk after a rank; None where the chunk adds nothing."""
    if kind == "rank_figure" and not read.figure and read.operator.startswith(content[2]):
        figure, lately, _place, sums = content
        is_twice = lately is not None and read.lately is not None
        return (
            None
            if is_twice
            else replace(read, figure=figure, lately=lately or read.lately, sums=sums)
        )
    if kind == "rank_part" and not read.per:
        return replace(read, per=content)
    is_past = kind == "period" or (kind == "length" and content.kind in {"last", "within"})
    if is_past and read.lately is None:
        return replace(read, lately=content)
    if kind == "value" and not read.segment:
        segment = _segment(content, model)
        return replace(read, segment=segment) if segment else None
    return None


def _segment(values: Values, model: Model) -> str:
    """Return the code of the segment of `values`, where they can be nothing else."""
    codes = values.attributes
    is_segment = all(model.attributes[code].type is SEGMENT for code in codes)
    return str(values.of(codes[0])[0]) if codes and is_segment and len(values.each) == 1 else ""


def rank_said(read: RankRead, model: Model) -> list[Node]:
    """Return the nodes that a rank may mean; raises `Unsaid` where no condition can express it."""
    if read.figure in {"", *FIGURES}:
        code, aggregate = FIGURES[read.figure or SALES]
        figures = _figures_of(SALES, aggregate, code, read, model)
    else:
        figures = _named_figures(read, model)
    return [{**node, **_rank_node(read)} for node in figures]


def _named_figures(read: RankRead, model: Model) -> list[Node]:
    """Return the figures that the name of an attribute or of rows may mean in a rank.

    Rows have a number and perhaps an amount: "top 10 by refunds" may mean either.
    """
    code, attribute = read.figure, model.attributes.get(read.figure)
    if attribute is None:
        amount = model.amount_of(registry.relation(code))
        counted = _code_of(model.counted.get(code))
        if read.sums is False or amount is None:
            return _figures_of(code, "count", counted, read, model)
        summed = _code_of(model.sum_over(code, amount.code))
        sums = _figures_of(code, "sum", summed, read, model)
        if read.sums:
            return sums
        return [*sums, *_figures_of(code, "count", counted, read, model)]
    if attribute.relation is not None:
        rows = model.rows_of(code)
        assert rows is not None
        return [{**one, "of": code} for one in _rows_lately(rows, "sum", read, model)]
    if read.lately is None:
        return [{"attribute": code}]
    if not isinstance(attribute, Derived) or attribute.where:
        raise Unsaid
    return _figures_of(attribute.over, attribute.aggregate.name, code, read, model)


def _code_of(attribute: Attribute | None) -> str:
    return "" if attribute is None else attribute.code


def _figures_of(rows: str, aggregate: str, code: str, read: RankRead, model: Model) -> list[Node]:
    """Return the attribute `code`, or the `aggregate` of the rows of the days of `read`."""
    if read.lately is None and code and not read.deed:
        return [{"attribute": code}]
    relation = model.rows_of(rows) if aggregate else None
    amount = None if relation is None else model.amount_of(relation)
    if relation is None or (amount is None and aggregate != "count"):
        raise Unsaid
    of = {} if aggregate == "count" or amount is None else {"of": amount.code}
    return [{**one, **of} for one in _rows_lately(relation, aggregate, read, model)]


def _rows_lately(relation: Relation, aggregate: str, read: RankRead, model: Model) -> list[Node]:
    done = [{"attribute": read.deed, "operator": "is_not_empty"}] if read.deed else []
    if read.lately is None:
        return [rows_with(relation, aggregate, done)]
    time = model.time_of(relation)
    if time is None or (aggregate == "avg" and read.operator.startswith("not_")):
        # Customers without orders in these days have no average, and are not "at least" it.
        raise Unsaid
    days = conditions_on_day(time, read.lately, is_denied=False)
    return [rows_with(relation, aggregate, [*done, one]) for one in days]


def _rank_node(read: RankRead) -> Node:
    keys: Node = {"operator": read.operator}
    measure = RANKS[read.operator].measure
    if measure is Measure.NUMBER:
        keys["value"] = int(read.number)
    elif measure is Measure.PERCENT:
        keys["value"] = f"{read.number.normalize():f}"
    elif read.number != 1:
        keys["times"] = f"{read.number.normalize():f}"
    among = {"among": {"segment": read.segment}} if read.segment else {}
    return {**keys, **among, **({"per": read.per} if read.per else {})}


def with_populations(nodes: Sequence[Node], most: int) -> list[Node]:
    """Return `nodes`; before each rank, the same rank among customers who match its neighbours."""
    both: list[Node] = []
    for node in nodes:
        among = _among(node)
        if among is None:
            both.append(node)
        else:
            both += [among, node] if _may_begin_with_population(node) else [node, among]
    return both[:most]


def _may_begin_with_population(node: Node) -> bool:
    """Return whether `node` begins with its rank or with a description of customers.

    "Bought shoes and are among the top 20%" begins with what customers did, beside the rank.
    """
    before = takewhile(lambda one: not is_rank(one), node["conditions"])
    return all(map(_is_of_customers, before))


def _among(node: Node) -> Node | None:
    conditions = node.get("conditions", ())
    ranks = [one for one in conditions if is_rank(one) and "among" not in one]
    others = [one for one in conditions if not is_rank(one)]
    if not all(RANKS[one["operator"]].is_place for one in ranks):
        # "more than average but fewer than 3 orders": what customers did is no population.
        others = others if all(map(_is_of_customers, others)) else []
    if node.get("match") != "all" or "relation" in node or not (ranks and others):
        return None
    group = {"match": "all", "conditions": others}
    ranked = [{**one, "among": group} for one in ranks]
    return ranked[0] if len(ranked) == 1 else {"match": "all", "conditions": ranked}


def _is_of_customers(node: Node) -> bool:
    """Return whether `node` describes customers: where they live, their group, a segment."""
    if "match" in node and "relation" not in node:
        return all(map(_is_of_customers, node["conditions"]))
    attribute = registry.find_attribute(str(node.get("attribute")))
    return attribute is not None and not isinstance(attribute, Derived)
