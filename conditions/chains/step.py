"""One step of an order of events: the rows it chooses, and its distance from the step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.row_time import RowTime
from conditions.evaluator.facts import Facts
from conditions.language.gaps import Gap
from conditions.language.types import TEXT
from conditions.nodes.tree import Group, Node
from conditions.phrases.writing.clauses import Clause, Style
from conditions.phrases.writing.steps import step_words
from conditions.sql.place import Context, Place, Relation
from conditions.sql.truth import Truth


@dataclass(frozen=True, eq=False)
class ChainStep(Node):
    """Rows of `relation` that `group` chooses, each at its `time`; a node about one such row.

    `only` keeps the first or the last of the chosen rows. `after` and `within` are the least and
    the greatest gap to the row of the step before; `same_product`: the row has that row's SKU. With
    `is_absent` the step, which is the last one, states that no such row follows.
    """

    relation: Relation
    time: RowTime
    group: Group
    only: str | None = None
    after: Gap | None = None
    within: Gap | None = None
    same_product: bool = False
    is_absent: bool = False

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        return self.group.truth(place, context, negated=negated)

    def holds(self, row: Any, facts: Facts) -> bool:
        return self.group.holds(row, facts)

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        return Clause(step_words(self, style))

    @property
    def children(self) -> Sequence[Node]:
        return self.group.conditions

    @property
    def rows_below(self) -> Relation | None:
        return self.relation

    @cached_property
    def sku(self) -> Attribute | None:
        """The attribute with the SKU of a row; None where rows are not about products."""
        return sku_of(self.relation)


def sku_of(relation: Relation) -> Attribute | None:
    """Return the SKU attribute of the rows of `relation`; None if rows are not about products."""
    found = registry.find_attribute(f"{relation.prefix}.sku")
    return found if found is not None and found.type is TEXT else None
