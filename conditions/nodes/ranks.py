"""The nodes of ranks: an attribute, or the figure of a relation group, compared with others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conditions.attribute import Attribute
from conditions.bases.aggregates import Figure
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict
from conditions.language.operators import Operator
from conditions.language.operators.ranks import RANKS, RankOperator
from conditions.language.periods import Periods
from conditions.language.types import DateType
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node
from conditions.phrases.writing.clauses import Clause, Style, clause_of
from conditions.phrases.writing.habit_clauses import with_limit
from conditions.phrases.writing.habits import last_periods
from conditions.phrases.writing.ranks import RowsFigure, amount_said, figure_clause, place_clause
from conditions.phrases.writing.rows import label_of
from conditions.ranking.judging import has_place, standing_of
from conditions.ranking.population import Chosen
from conditions.ranking.rank import Rank
from conditions.ranking.rank_sql import rank_truth
from conditions.sql.place import Context, Place, Relation
from conditions.sql.truth import Truth, complement
from customers.models import CustomerRollup
from customers.models.rollup import Rollup


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranked(Node):
    """A node whose figure is compared with those of a population."""

    rank: Rank

    def ranked_figure(self) -> Attribute:
        """Return the attribute that is compared; read from a roll-up where one has it.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    @property
    def _is_negative(self) -> bool:
        return self.rank.operator.twin is not None

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        truth = rank_truth(self.rank.positive, self.ranked_figure(), place, context)
        return complement(truth) if negated != self._is_negative else truth

    def holds(self, row: Any, facts: Facts) -> bool:
        return has_place(self.rank.positive, self.ranked_figure(), facts) != self._is_negative

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        standing = standing_of(self.rank.positive, self.ranked_figure(), facts)
        return Verdict(self.json, standing.holds != self._is_negative, actual=standing.actual)

    @property
    def stored_in(self) -> type[Rollup] | None:
        return None

    @property
    def is_in_rollup(self) -> bool:
        return self.ranked_figure().stored_in is CustomerRollup

    @property
    def is_about_rows(self) -> bool:
        # A query of its own finds who has the place, wherever a customer is looked at.
        return True

    def worded(self, operator: RankOperator, style: Style) -> Clause:
        """Return the rank's clause about a customer, with `operator` in place of its own.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        return self.worded(self.rank.operator, style)

    def answer(self, style: Style, *, holds: bool) -> Clause:
        """Return the true clause about a customer; `holds` is whether the node holds for them."""
        positive = self.rank.operator.positive
        is_so = holds != self._is_negative
        return self.worded(positive if is_so else RANKS[f"not_{positive.name}"], style)

    @property
    def populations(self) -> Sequence[Group]:
        """The group of conditions that chooses the population, if one does."""
        among = self.rank.among
        return [among.group] if isinstance(among, Chosen) and isinstance(among.group, Group) else []

    def walk(self) -> Iterator[Node]:
        yield from super().walk()
        for group in self.populations:
            yield from group.walk()


@dataclass(frozen=True, eq=False, kw_only=True)
class RankedValue(Ranked, Condition):
    """An attribute of customers in a rank."""

    def ranked_figure(self) -> Attribute:
        return self.attribute

    @property
    def positive(self) -> Operator:
        return self.rank.operator.positive

    def worded(self, operator: RankOperator, style: Style) -> Clause:
        rank = replace(self.rank, operator=operator)
        if operator.is_place:
            return place_clause(rank, self.attribute, style)
        return clause_of(amount_said(self.attribute, rank, style), None, style)


@dataclass(frozen=True, eq=False, kw_only=True)
class RankedRows(Ranked, RelationGroup):
    """The figure of the rows that a relation group chooses, in a rank.

    Its own `operator` is None: the rank has it.
    """

    def ranked_figure(self) -> Attribute:
        return self.figure.stored_as() or self.figure

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        inside = facts.inside(self.relation)
        verdicts = [self.group.evaluate(one, inside) for one in self.rows_of(row, facts)]
        return replace(super().evaluate(row, facts), **self.below(verdicts, row, facts))

    def worded(self, operator: RankOperator, style: Style) -> Clause:
        return with_limit(self, self._of_rows(operator, style), style)

    def _of_rows(self, operator: RankOperator, style: Style) -> Clause:
        rank = replace(self.rank, operator=operator)
        assert isinstance(self.aggregate, Figure)
        periods = "" if self.periods is None else _name_periods(self.periods.periods)
        figure = RowsFigure(
            self.relation,
            self.aggregate,
            label_of(self.of, self.relation),
            isinstance(self.figure.type, DateType),
            self.group.match,
            self.group.conditions,
            periods,
        )
        if operator.is_place:
            return place_clause(rank, figure, style)
        return figure_clause(
            figure, amount_said(self.figure, rank, style), self._own_words(), style
        )


def _name_periods(periods: Periods) -> str:
    return last_periods(periods.unit, periods.count)
