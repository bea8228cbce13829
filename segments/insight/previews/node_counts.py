"""Counts the customers for each node of a tree, in one statement for all nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.db import connections
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from conditions.bases.aggregates import AGGREGATES
from conditions.chains.chain import EventChain
from conditions.chains.step import ChainStep
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Group, Node
from conditions.sql.place import AT_CUSTOMER, Context, Relation
from conditions.sql.statement import statement_of
from core.database.replicas import reading_alias
from customers.models import Customer

# A limit keeps PostgreSQL from merging the inner query into the outer one, which would evaluate a
# node again for each reference.
EVERYBODY = 2**62


@dataclass(frozen=True)
class NodeCount:
    """The counts for the node at `path`; None where there was no time to compute them.

    `alone` is the number of customers in scope that the node chooses by itself, `remaining` the
    number that the tree chooses if it ends with this node. Below a relation group, `alone` counts
    the customers with a row for which the node holds.
    """

    path: str
    alone: int | None
    remaining: int | None


@dataclass(frozen=True)
class CountedNodes:
    """The query for the counts: customers in scope with boolean columns, and the expressions over
    these columns that are counted.
    """

    customers: QuerySet[Customer, Any]
    asked: Sequence[_Asked]

    def counting(self, each: str) -> str:
        """Return the statement for the counts, in one row; `each` is the SQL of `customers`."""
        wanted = [truth for one in self.asked for truth in (one.alone, one.remaining)]
        counts = ", ".join(f"count(*) FILTER (WHERE {truth})" for truth in wanted)
        return f"SELECT {counts} FROM ({each}) AS customer"

    def counts_of_row(self, row: Sequence[int]) -> list[NodeCount]:
        """Return the counts of every node, in document order, from the row of the result."""
        return [
            NodeCount(one.path, alone, remaining)
            for one, alone, remaining in zip(self.asked, row[::2], row[1::2], strict=True)
        ]


def counted_nodes(tree: Group, scope: Q, context: Context) -> CountedNodes:
    """Return the query for the counts of every node of `tree`, including the root."""
    columns = _Columns()
    asked = _node_expressions(tree, lambda truth: truth, columns)
    customers = Customer.objects.filter(scope).values(
        **{
            name: Case(
                When(node.truth(AT_CUSTOMER, context).q, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
            for name, node in columns.nodes.items()
        }
    )
    return CountedNodes(customers, asked)


def node_counts(tree: Group, scope: Q, context: Context) -> list[NodeCount]:
    """Return the counts of every node of `tree`, the root included, in document order."""
    nodes = counted_nodes(tree, scope, context)
    each, params = statement_of(nodes.customers[:EVERYBODY])
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(nodes.counting(each), params)
        return nodes.counts_of_row(cursor.fetchone())


def unknown_counts(tree: Group) -> list[NodeCount]:
    """Return the counts of the nodes of `tree` as unknown."""
    return [NodeCount(node.path, None, None) for node in _counted_nodes(tree)]


def _counted_nodes(node: Node) -> Iterator[Node]:
    """Yield the nodes that are counted, without those that only choose another population."""
    yield node
    for child in node.children:
        yield from _counted_nodes(child)


@dataclass
class _Columns:
    """The nodes that are evaluated once for each customer, by the inner query's column names."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def name_of(self, node: Node) -> str:
        name = f"node_{len(self.nodes)}"
        self.nodes[name] = node
        return name


@dataclass(frozen=True)
class _Asked:
    """The expressions that are counted for the node at `path`: SQL over column names."""

    path: str
    alone: str
    remaining: str


def _node_expressions(
    node: Node, ending_with: Callable[[str], str], columns: _Columns
) -> list[_Asked]:
    """Return the counted expressions of `node` and its descendants.

    `ending_with` turns a node's expression into that of the tree which ends with the node.
    """
    if isinstance(node, Group) and node.conditions:
        before: list[str] = []
        below: list[_Asked] = []
        for child in node.conditions:
            found = _node_expressions(child, _ending(node, tuple(before), ending_with), columns)
            before.append(found[0].alone)
            below += found
        own = _join_truths(node.match, before)
        return [_Asked(node.path, own, ending_with(own)), *below]
    own = columns.name_of(node)
    asked = [_Asked(node.path, own, ending_with(own))]
    for relations, inner, cut in _cuts(node):
        if relations:
            alone = columns.name_of(_some_row(relations, inner))
            asked.append(_Asked(inner.path, alone, ending_with(columns.name_of(cut))))
    return asked


def _ending(
    group: Group, before: tuple[str, ...], ending_with: Callable[[str], str]
) -> Callable[[str], str]:
    return lambda truth: ending_with(_join_truths(group.match, [*before, truth]))


def _join_truths(match: str, truths: Sequence[str]) -> str:
    """Return the expression that `match` of `truths` hold; none of them is ever NULL."""
    joined = f"({(' AND ' if match in {'all', 'not_all'} else ' OR ').join(truths)})"
    return f"(NOT {joined})" if match in {"none", "not_all"} else joined


def _cuts(node: Node) -> Iterator[tuple[tuple[Relation, ...], Node, Node]]:
    """Yield each node from `node` down, the relations down to it, and `node` cut off after it."""
    # A step is evaluated for its rows, like the nodes below it.
    own = () if not isinstance(node, ChainStep) else (node.relation,)
    yield own, node, node
    for index, child in enumerate(node.children):
        for relations, inner, cut in _cuts(child):
            if node.rows_below is not None:
                relations = (node.rows_below, *relations)
            yield relations, inner, _with_children(node, [*node.children[:index], cut])


def _with_children(node: Node, children: Sequence[Node]) -> Node:
    if isinstance(node, RelationGroup | ChainStep):
        return replace(node, group=replace(node.group, conditions=children))
    if isinstance(node, EventChain):
        return replace(node, steps=cast(Sequence[ChainStep], children))
    assert isinstance(node, Group)
    return replace(node, conditions=children)


def _some_row(relations: Sequence[Relation], node: Node) -> Node:
    """Return the node that holds if a row of the nested relations exists for which `node` holds."""
    for relation in reversed(relations):
        group = Group(node.path, {}, "all", [node])
        node = RelationGroup(node.path, {}, relation, AGGREGATES["exists"], None, None, None, group)
    return node
