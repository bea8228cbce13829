"""Combines and denies nodes of a tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conditions.language.operators.ranks import RANKS
from conditions.language.stored_nodes import is_rank
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation

Node = dict[str, Any]
OPPOSITE = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}


def all_of(nodes: Sequence[Node]) -> Node:
    """Return one node that requires all of `nodes`."""
    return _join_nodes("all", nodes)


def any_of(nodes: Sequence[Node]) -> Node:
    """Return one node that requires at least one of `nodes`."""
    return _join_nodes("any", nodes)


def one_of(nodes: Sequence[Node]) -> Node:
    """Return one node that requires exactly one of two `nodes`."""
    return all_of([any_of(nodes), {"match": "none", "conditions": [all_of(nodes)]}])


def _join_nodes(match: str, nodes: Sequence[Node]) -> Node:
    """Return `nodes` in one group; groups of the same kind among them are dissolved."""
    if len(nodes) == 1:
        return nodes[0]
    conditions: list[Node] = []
    for node in nodes:
        is_same = node.get("match") == match and "relation" not in node
        conditions += node["conditions"] if is_same else [node]
    return {"match": match, "conditions": conditions}


def rows_with(relation: Relation, aggregate: str, conditions: Sequence[Node]) -> Node:
    """Return a group of `relation` with all of `conditions`."""
    return {
        "relation": relation.name,
        "aggregate": aggregate,
        "match": "all",
        "conditions": list(conditions),
    }


def without_lone_groups(node: Node) -> Node:
    """Return `node` with a group that is the only condition on rows in the place of the "all".

    "In May or June" is then said as "either in May or in June". A step has the keys of rows, too.
    """
    found = dict(node)
    for key in ("conditions", "steps"):
        if key in node:
            found[key] = [without_lone_groups(one) for one in node[key]]
    if "relation" not in node or node.get("match", "all") != "all":
        return found
    conditions = found.get("conditions", [])
    is_lone = len(conditions) == 1 and conditions[0].keys() == {"match", "conditions"}
    return found | conditions[0] if is_lone and conditions[0]["conditions"] else found


def complement_of(node: Node, model: Model) -> Node:
    """Return the complement of `node`."""
    if is_rank(node):
        rank = RANKS[node["operator"]]
        return {**node, "operator": rank.twin or f"not_{rank.name}"}
    if "attribute" in node:
        if node == {**node, "operator": "gte", "value": 1} and model.is_number_of_rows(
            node["attribute"]
        ):
            # "Fewer than 1" is "0".
            return {**node, "operator": "is", "value": 0}
        operators = model.attributes[node["attribute"]].type.operators
        operator = operators[node["operator"]]
        other = operator.twin or next(
            (one.name for one in operators.values() if one.twin == operator.name), ""
        )
        if other:
            return {**node, "operator": other}
    aggregate = node.get("aggregate")
    if aggregate in {"exists", "not_exists"}:
        return {**node, "aggregate": "not_exists" if aggregate == "exists" else "exists"}
    if node == {**node, "aggregate": "count", "operator": "gte", "value": 1}:
        bare = {key: node[key] for key in node.keys() - {"operator", "value"}}
        return {**bare, "aggregate": "not_exists"}
    if aggregate == "count" and node["operator"] in OPPOSITE:
        return {**node, "operator": OPPOSITE[node["operator"]]}
    if node.get("match") == "none":
        alone = len(node["conditions"]) == 1
        return node["conditions"][0] if alone else {**node, "match": "any"}
    return {"match": "none", "conditions": [node]}
