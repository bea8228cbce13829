"""Fixed figures over a customer's rows, stored in a roll-up or computed from the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES, Figure, average
from conditions.bases.row_figures.aggregated import Aggregated
from conditions.bases.row_figures.rolled_up import RolledUp, column
from conditions.language.types import ValueType
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place, Relation, Rows, every_row
from conditions.sql.sources import Read, Source, at_end, of_relation, reads_of, reads_of_relation
from conditions.sql.truth import Truth
from customers.models import CustomerRollup
from customers.models.rollup import Rollup

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class Derived(RolledUp, Aggregated):
    """A fixed aggregate of the rows of relation `over`, those with `where` (in Python `keeps`).

    `columns` are those of `rollup` that hold it: one, or for an average the sum and the number.
    """

    over: str
    aggregate: Figure = FIGURES["count"]
    of_code: str = ""
    where: Q = field(default_factory=Q)
    keeps: Callable[[Any], bool] = every_row
    # An average over no rows is missing, or 0 where this is set.
    zero_if_none: bool = False
    columns: tuple[str, ...] = ()
    rollup: type[Rollup] = CustomerRollup

    @property
    def home(self) -> type[Rollup]:
        return self.rollup

    def stored_figures(self) -> Iterator[Derived]:
        # Attributes with several columns are computed from the figures of others.
        if len(self.columns) == 1:
            yield self

    def over_relation(self) -> Relation:
        return registry.relation(self.over)

    def of(self) -> Attribute | None:
        return registry.attribute(self.of_code) if self.of_code else None

    @property
    def zero(self) -> bool:
        return self.aggregate.zero or self.zero_if_none

    def reads(self, source: Source) -> Iterator[Read]:
        relation, of = self.over_relation(), self.of()
        rows = of_relation(relation)
        yield from reads_of_relation(relation)
        yield from reads_of(rows, self.where)
        if of is not None:
            yield from of.reads(at_end(rows, relation.paths[of.prefix]))

    def rows(self, place: Place, context: Context) -> Rows:
        return place.rows_of(self.over_relation()).where(Truth(self.where))

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        return [one for one in facts.rows(self.over_relation()) if self.keeps(one)]

    @property
    def is_stored(self) -> bool:
        return bool(self.columns)

    def stored(self, place: Place, context: Context) -> Any:
        if len(self.columns) == 1:
            return column(self.columns[0], self.home, place)
        of = self.of()
        assert of is not None
        total, number = (column(name, self.home, place) for name in self.columns)
        return average(of, total, number, zero=self.zero)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        base = RolledUp if self.is_stored else Aggregated
        return base.within(self, zoned, place, context)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        base = RolledUp if self.is_stored else Aggregated
        return base.expressions(self, place, context)


def stored_figure(
    relation: Relation, aggregate: Figure, of: Attribute | None, type_: ValueType
) -> Derived | None:
    """Return the attribute that is this figure of all rows of `relation`, if a roll-up has it.

    The attribute is missing where the aggregate is; attributes that are 0 there do not count.
    """
    for attribute in (one for family in registry.families() for one in family.attributes):
        if (
            isinstance(attribute, Derived)
            and attribute.is_stored
            and attribute.over == relation.name
            and not attribute.where
            and attribute.aggregate is aggregate
            and attribute.of_code == ("" if of is None else of.code)
            and attribute.zero == aggregate.zero
            and attribute.type is type_
        ):
            return attribute
    return None
