"""Parses JSON into nodes, or reports every problem with its path."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conditions import registry
from conditions.errors import InvalidTree
from conditions.nodes.tree import Group
from conditions.parsing.nodes import Nodes
from conditions.parsing.steps import Steps
from conditions.parsing.warnings import warnings_of, warnings_of_rows
from conditions.sql.place import Relation
from core.problems import Invalid
from core.text.json_documents import read_document


def parse_tree(
    tree: str | bytes | Mapping[str, Any] | Group,
    *,
    segment: str | None = None,
    stored: bool = False,
) -> Group:
    """Return the root of `tree`, which is JSON (text or decoded) or already parsed.

    `segment` is the code of the segment that the tree belongs to; the tree must not refer to it,
    even indirectly. `stored`: the tree was accepted before, so that a closed choice that no longer
    exists is only a warning. Raises `InvalidTree` with every problem, in document order.
    """
    if isinstance(tree, Group):
        return tree
    parsing = Steps(segment=segment, stored=stored)
    root = _root(parsing, tree)
    return replace(root, warnings=(*parsing.warnings, *warnings_of(root)))


def parse_rows(tree: Mapping[str, Any], relation: str, *, stored: bool = False) -> Group:
    """Return the root of `tree`, a group of conditions on one row of the relation of this name.

    Parses and raises as `parse_tree` does.
    """
    parsing = Steps(stored=stored)
    root = _root(parsing, tree, registry.relation(relation))
    return replace(root, warnings=(*parsing.warnings, *warnings_of_rows(root)))


def _root(parsing: Nodes, tree: Any, relation: Relation | None = None) -> Group:
    try:
        root = parsing.root(read_document(tree), relation)
    except Invalid as error:
        raise InvalidTree(error.problems) from error
    if parsing.problems or root is None:
        raise InvalidTree(parsing.problems)
    return root
