"""How many customers each node of a tree stands for, found in one statement for all nodes."""

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

# With a limit the inner query is not merged into the one around it, which would evaluate a node
# again at each mention.
EVERYBODY = 2**62


@dataclass(frozen=True)
class NodeCount:
    """Customers in scope for whom the node at `path` holds `alone`, and for whom the tree holds
    that ends with this node (`remaining`); None where there was no time to find out.

    Below a relation group `alone` are the customers with such a row.
    """

    path: str
    alone: int | None
    remaining: int | None


@dataclass(frozen=True)
class CountedNodes:
    """What is to be counted, before anybody is asked: each customer in scope with a yes or no in
    some columns, and the counts of those for whom expressions of these columns hold.
    """

    customers: QuerySet[Customer, Any]
    asked: Sequence[_Asked]

    def counting(self, each: str) -> str:
        """Return the statement for the counts, in one row; `each` is that of `customers`."""
        wanted = [truth for one in self.asked for truth in (one.alone, one.remaining)]
        counts = ", ".join(f"count(*) FILTER (WHERE {truth})" for truth in wanted)
        return f"SELECT {counts} FROM ({each}) AS customer"

    def told_by(self, row: Sequence[int]) -> list[NodeCount]:
        """Return the counts of every node, in document order, by the row that was found."""
        return [
            NodeCount(one.path, alone, remaining)
            for one, alone, remaining in zip(self.asked, row[::2], row[1::2], strict=True)
        ]


def counted_nodes(tree: Group, scope: Q, context: Context) -> CountedNodes:
    """Return what is to be asked for the counts of every node of `tree`, the root included."""
    columns = _Columns()
    asked = _asked(tree, lambda truth: truth, columns)
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
        return nodes.told_by(cursor.fetchone())


def unknown_counts(tree: Group) -> list[NodeCount]:
    """Return the nodes of `tree` with nothing known of them."""
    return [NodeCount(node.path, None, None) for node in _counted(tree)]


def _counted(node: Node) -> Iterator[Node]:
    """Yield the nodes that are counted: those that choose a population of others are not."""
    yield node
    for child in node.children:
        yield from _counted(child)


@dataclass
class _Columns:
    """What is asked of each customer once; the names are those of the inner query's columns."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def name_of(self, node: Node) -> str:
        name = f"node_{len(self.nodes)}"
        self.nodes[name] = node
        return name


@dataclass(frozen=True)
class _Asked:
    """What is to be counted for the node at `path`: SQL over the names of columns."""

    path: str
    alone: str
    remaining: str


def _asked(node: Node, ending_with: Callable[[str], str], columns: _Columns) -> list[_Asked]:
    """Return what is asked of `node` and of those below; `ending_with` makes of a node's truth that
    of the tree which ends with it.
    """
    if isinstance(node, Group) and node.conditions:
        before: list[str] = []
        below: list[_Asked] = []
        for child in node.conditions:
            found = _asked(child, _ending(node, tuple(before), ending_with), columns)
            before.append(found[0].alone)
            below += found
        own = _joined(node.match, before)
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
    return lambda truth: ending_with(_joined(group.match, [*before, truth]))


def _joined(match: str, truths: Sequence[str]) -> str:
    """Return that `match` of the truths hold, none of which is ever NULL."""
    joined = f"({(' AND ' if match in {'all', 'not_all'} else ' OR ').join(truths)})"
    return f"(NOT {joined})" if match in {"none", "not_all"} else joined


def _cuts(node: Node) -> Iterator[tuple[tuple[Relation, ...], Node, Node]]:
    """Yield each node from `node` down, the relations in between, and `node` ending with it."""
    # A step is asked of its rows, as what stands below it.
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
    """Return that there is a row of the relations, each inside the one before, that is so."""
    for relation in reversed(relations):
        group = Group(node.path, {}, "all", [node])
        node = RelationGroup(node.path, {}, relation, AGGREGATES["exists"], None, None, None, group)
    return node
