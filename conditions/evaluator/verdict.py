"""The evaluator's result: whether a tree holds for one customer, and why, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from conditions.language.stored_nodes import LISTS_OF_NODES


@dataclass(frozen=True)
class Verdict:
    """The result of a node: whether it `holds`, what it compared (`actual`), the verdicts below it.

    `parts` are the verdicts of nodes that stand under keys of their own, by these keys.
    """

    json: dict[str, Any]
    holds: bool
    actual: Any = None
    children: Sequence[Verdict] = field(default_factory=list)
    parts: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def tree(self) -> dict[str, Any]:
        """The node's JSON with `holds` at each node and `actual` at each condition."""
        annotated = {**self.json, "holds": self.holds}
        if self.actual is not None or "attribute" in self.json:
            annotated["actual"] = self.actual
        for key in LISTS_OF_NODES:
            if key in self.json:
                annotated[key] = [child.tree for child in self.children]
        return annotated | {key: part.tree for key, part in self.parts.items()}


def over_rows(nodes: Sequence[Any], of_rows: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    """Return for each of `nodes` how many rows it holds for; `of_rows` has each row's verdicts.

    Below a relation group a node is evaluated for every row: it `holds` where it holds for some
    row.
    """
    return [
        _over_rows(node, [verdicts[index] for verdicts in of_rows])
        for index, node in enumerate(nodes)
    ]


def _over_rows(node: Any, verdicts: Sequence[Verdict]) -> Verdict:
    held = [verdict for verdict in verdicts if verdict.holds]
    return Verdict(
        node.json,
        bool(held),
        actual={"count": len(held), "rows": [verdict.actual for verdict in held[:3]]},
        children=over_rows(node.children, [verdict.children for verdict in verdicts]),
    )


def as_json(actual: tuple[Any, ...]) -> Any:
    """Return an attribute's values as JSON; None where it is missing."""
    if not actual:
        return None
    shown = [_plain(value) for value in actual]
    return shown if len(shown) > 1 else shown[0]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):  # a product's categories, and those with all above them
        return sorted(value[0])
    return value
