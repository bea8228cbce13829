"""The relation group: a node that makes a statement about the rows its conditions choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from conditions.attribute import Attribute
from conditions.bases.aggregates import (
    FIGURES,
    QUANTIFIERS,
    Aggregate,
    Figure,
    Quantifier,
)
from conditions.bases.row_figures.aggregated import Aggregated, each_holds
from conditions.bases.row_figures.derived import stored_figure
from conditions.bases.row_periods import RowPeriods
from conditions.bases.row_time import RowTime
from conditions.bases.stopped import has_stopped, stopped_truth
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict, as_json, over_rows
from conditions.language import types
from conditions.language.operators import Operator
from conditions.language.phrase import NOT_SAID, Phrase
from conditions.language.types import Value
from conditions.language.windows import ZonedRanges
from conditions.nodes.row_limit import RowLimit
from conditions.nodes.tree import Condition, Group, Node, meaning_of, positive
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import Clause, Said, Style, measure
from conditions.phrases.writing.habit_clauses import habit_clause
from conditions.phrases.writing.rows import label_of, rows_clause
from conditions.sql.place import AT_CUSTOMER, Context, Place, Relation, Rows
from conditions.sql.truth import Truth, complement
from customers.models.rollup import Rollup


@dataclass(frozen=True, eq=False)
class RelationGroup(Node):
    """A statement about the rows of a relation which `group` chooses.

    With a `limit` the relation only has the rows within the limit.
    """

    relation: Relation
    aggregate: Aggregate
    of: Attribute | None
    operator: Operator | None
    value: Value | None
    group: Group
    limit: RowLimit | None = None
    periods: RowPeriods | None = None

    @property
    def _is_negative(self) -> bool:
        """Return whether the node is the complement of a positive node."""
        return bool((self.aggregate if self.operator is None else self.operator).twin)

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        truth = self._positive_truth(place, context)
        return complement(truth) if negated != self._is_negative else truth

    def _positive_truth(self, place: Place, context: Context) -> Truth:
        if self.operator is not None:
            figure = self.figure
            return figure.truth(
                positive(figure.type, self.operator), meaning_of(self.value), place, context
            )
        quantifier = self._positive_quantifier()
        if self.periods is not None:
            return stopped_truth(self.periods, self.chosen_rows(place, context), place, context)
        assert quantifier.truth is not None
        counted = self._stored_count(place)
        if counted is not None and quantifier.name == "exists":
            return counted.truth(types.INTEGER.operators["gte"], Decimal(1), place, context)
        if self.limit is not None and quantifier.name == "every" and self.group.conditions:
            rows = self._rows(place, context)
            return each_holds(rows, self.group.truth(rows.place, context), place)
        chosen = partial(self.chosen_rows, place, context)
        return quantifier.truth(self._rows(place, context), chosen)

    def _stored_count(self, place: Place) -> Attribute | None:
        """Return the stored number of rows, where a roll-up has it and all are chosen."""
        if place.relation is not None or not self.has_all_rows:
            return None
        return stored_figure(self.relation, FIGURES["count"], None, types.INTEGER)

    @property
    def has_all_rows(self) -> bool:
        """Return whether the node is about every row of the relation."""
        return self.limit is None and not self.group.conditions

    @property
    def rows_below(self) -> Relation | None:
        return self.relation

    @property
    def is_about_rows(self) -> bool:
        return True

    @property
    def stored_in(self) -> type[Rollup] | None:
        if self.operator is not None:
            return self.figure.stored_in
        if self._positive_quantifier().name != "exists":
            return None
        counted = self._stored_count(AT_CUSTOMER)
        return None if counted is None else counted.stored_in

    def _positive_quantifier(self) -> Quantifier:
        return QUANTIFIERS[self.aggregate.twin or self.aggregate.name]

    def chosen_rows(self, place: Place, context: Context, *, negated: bool = False) -> Rows:
        """Return the rows that the group chooses (the others, if `negated`), for the database."""
        rows = self._rows(place, context)
        if not self.group.conditions and not negated:
            return rows
        return rows.where(self.group.truth(rows.place, context, negated=negated))

    def _rows(self, place: Place, context: Context) -> Rows:
        """Return the rows that the group looks at, for the database."""
        rows = place.rows_of(self.relation)
        return rows if self.limit is None else self.limit.limited(rows, context)

    def rows_of(self, row: Any, facts: Facts) -> list[Any]:
        """Return the rows that the group looks at, in order of their keys, for the evaluator."""
        rows = facts.rows(self.relation, row)
        return rows if self.limit is None else self.limit.chosen(rows, facts.inside(self.relation))

    def holds(self, row: Any, facts: Facts) -> bool:
        if self.operator is not None:
            figure = self.figure
            held = figure.holds(
                positive(figure.type, self.operator), meaning_of(self.value), row, facts
            )
            return held != self._is_negative
        inside = facts.inside(self.relation)
        if self.periods is not None:
            return has_stopped(self.periods, self.chosen(row, facts), inside)
        rows = self.rows_of(row, facts)
        return self._is_so(self.group.holds(one, inside) for one in rows)

    def _is_so(self, chosen: Iterator[bool]) -> bool:
        """Return whether a quantifier holds; `chosen` yields for each row whether it is chosen."""
        quantifier = self._positive_quantifier()
        assert quantifier.holds is not None
        return quantifier.holds(chosen) != self._is_negative

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        inside = facts.inside(self.relation)
        rows = self.rows_of(row, facts)
        verdicts = [self.group.evaluate(one, inside) for one in rows]
        chosen = [one for one, verdict in zip(rows, verdicts, strict=True) if verdict.holds]
        actual: Any = {"count": len(chosen), "rows": [str(one) for one in chosen[:3]]}
        if self.operator is None and self.periods is not None:
            holds = has_stopped(self.periods, chosen, inside)
        elif self.operator is None:
            holds = self._is_so(verdict.holds for verdict in verdicts)
        else:
            figure = self.figure
            value = figure.read_rows(chosen, facts)
            actual["value"] = as_json(value)
            actual["rows"] = [str(one) for one in figure.rows_behind(value, chosen, facts)[:3]]
            operator = positive(figure.type, self.operator)
            held = figure.holds_of(value, operator, meaning_of(self.value), facts.clock)
            holds = held != self._is_negative
            actual = value[0] if self.periods is not None else actual
        return Verdict(self.json, holds, actual=actual, **self.below(verdicts, row, facts))

    def below(self, verdicts: Sequence[Verdict], row: Any, facts: Facts) -> dict[str, Any]:
        """Return the part of a verdict about the nodes below; `verdicts` has one for each row."""
        children = over_rows(self.group.conditions, [verdict.children for verdict in verdicts])
        if self.limit is None or not self.limit.is_group:
            return {"children": children}
        rows = facts.rows(self.relation, row)
        part = self.limit.evaluate(rows, facts.inside(self.relation))
        return {"children": children, "parts": {self.limit.end: part}}

    def chosen(self, row: Any, facts: Facts) -> list[Any]:
        """Return the rows that the group chooses, for the evaluator."""
        inside = facts.inside(self.relation)
        return [one for one in self.rows_of(row, facts) if self.group.holds(one, inside)]

    @cached_property
    def figure(self) -> ChosenRows:
        """Return the figure that is compared, where the aggregate is a figure."""
        assert isinstance(self.aggregate, Figure)
        choosing = self.aggregate.choosing(self.of)
        result = self.aggregate.result_type(self.of)
        return ChosenRows(
            code=self.relation.name,
            label=self.relation.label,
            type=result,
            choices=None if choosing is None else choosing.choices,
            unit=self.of.unit if self.of is not None and self.of.type is result else "",
            phrase=Phrase(unit=self.of.phrase.unit)
            if self.of is not None and self.of.type is result
            else NOT_SAID,
            countries=choosing is not None and choosing.countries,
            aggregate=self.aggregate,
            node=self,
        )

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        if self.limit is not None or self.periods is not None:
            return habit_clause(self, self._clause_of_rows, style)
        on_day = self._clause_on_day(style) if inside is None else None
        return on_day or self._clause_of_rows(inside, style)

    def _clause_of_rows(self, inside: Relation | None, style: Style) -> Clause:
        compared = None
        if self.operator is not None:
            compared = Said(self.figure, self.operator, self.value)
        return rows_clause(
            self.relation,
            self.aggregate,
            compared,
            label_of(self.of, self.relation),
            self.group.match,
            self.group.conditions,
            nested=inside is not None,
            own=None if inside is not None else self._own_words(),
            style=style,
        )

    @property
    def time(self) -> RowTime | None:
        """The time by which rows are first, last or in a period; None without such limits."""
        asking = self.limit or self.periods
        return None if asking is None else asking.time

    def _clause_on_day(self, style: Style) -> Clause | None:
        """Return the clause about rows that existed on a day; None for any other group."""
        phrase, group = self.relation.phrase.span, self.group
        if phrase is None or self.aggregate.name not in {"exists", "not_exists"}:
            return None
        if group.match != "all" or not phrase.is_asked_by([one.json for one in group.conditions]):
            return None
        what, start, _end = group.conditions
        assert isinstance(what, Condition) and isinstance(start, Condition)
        day = replace(start.said, operator=start.attribute.type.operators["is"])
        words = phrase.none if self._is_negative else phrase.some
        slots = {"value": measure(what.said, style), "day": measure(day, style)}
        return Clause(template(str(words)).write(alone=style.alone, **slots))

    def _own_words(self) -> tuple[Template, Template] | None:
        if self.of is None:
            return None
        figures, name = self.relation.phrase.figures, self.aggregate.name
        own = figures.get((name, self.of.code)) or figures.get((name, ""))
        return None if own is None else (template(str(own[0])), template(str(own[1])))

    @property
    def children(self) -> Sequence[Node]:
        return self.group.conditions

    @property
    def parts(self) -> Sequence[Node]:
        return [self.limit.group] if self.limit is not None and self.limit.is_group else ()


@dataclass(frozen=True, eq=False, kw_only=True)
class ChosenRows(Aggregated):
    """The figure that a relation group compares: the aggregate of the rows it chooses."""

    node: RelationGroup

    def over_relation(self) -> Relation:
        return self.node.relation

    def of(self) -> Attribute | None:
        return self.node.of

    def periods(self) -> RowPeriods | None:
        return self.node.periods

    @property
    def stored_in(self) -> type[Rollup] | None:
        stored = self.stored_as()
        return None if stored is None else stored.stored_in

    def stored_as(self) -> Attribute | None:
        """Return the same figure over all rows where a roll-up has it, and all rows are chosen."""
        if not self.node.has_all_rows:
            return None
        return stored_figure(self.node.relation, self.aggregate, self.of(), self.type)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        stored = self.stored_as() if place.relation is None else None
        if stored is not None:
            return stored.within(zoned, place, context)
        return super().within(zoned, place, context)

    def rows(self, place: Place, context: Context) -> Rows:
        rows, periods = self.node.chosen_rows(place, context), self.node.periods
        return rows if periods is None else rows.where(periods.within(rows.place, context))

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        return self.node.chosen(row, facts)
