"""Templates of segments, and helpers for their conditions."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from segments.models import AppliesTo

Tree = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A template of a segment.

    `description` describes the chosen customers, and `use` what the segment is good for; both are
    gettext texts. `needs` are the codes of templates whose segments its conditions name.
    """

    code: str
    name: str | Promise
    description: str | Promise
    use: str | Promise
    conditions: Tree
    applies_to: str = AppliesTo.REGISTERED
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Templates for one purpose."""

    code: str
    name: str | Promise
    templates: tuple[Template, ...]


def condition(attribute: str, operator: str, value: Any = None) -> Tree:
    """Return a condition; without `value` for an operator that takes none."""
    tree = {"attribute": attribute, "operator": operator}
    return tree if value is None else {**tree, "value": value}


def all_of(*conditions: Tree) -> Tree:
    """Return a group all of whose conditions hold."""
    return {"match": "all", "conditions": list(conditions)}


def rows(relation: str, aggregate: str, *conditions: Tree, **more: Any) -> Tree:
    """Return a relation group; `more` are its other keys, such as `of`, `operator` and `value`."""
    tree = {"relation": relation, "aggregate": aggregate, **more}
    return {**tree, **all_of(*conditions)} if conditions else tree
