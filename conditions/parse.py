"""From JSON to nodes, or to every problem with its path."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conditions.language.errors import InvalidTree
from conditions.parsing.nodes import Nodes
from conditions.parsing.warnings import warnings_of
from conditions.tree import Group
from customers.json_documents import read_document
from customers.problems import Invalid


def parse_tree(
    tree: str | bytes | Mapping[str, Any] | Group,
    *,
    segment: str | None = None,
    stored: bool = False,
) -> Group:
    """Return the root of `tree`, which is JSON (text or already read) or already parsed.

    `segment` is the code of the segment whose tree it is, which it must not lead back to. With
    `stored` the tree was accepted once: a closed choice that has gone since is a warning. Raises
    `InvalidTree` with every problem, in document order.
    """
    if isinstance(tree, Group):
        return tree
    parsing = Nodes(segment=segment, stored=stored)
    try:
        root = parsing.root(read_document(tree))
    except Invalid as error:
        raise InvalidTree(error.problems) from error
    if parsing.problems or root is None:
        raise InvalidTree(parsing.problems)
    return replace(root, warnings=(*parsing.warnings, *warnings_of(root)))
