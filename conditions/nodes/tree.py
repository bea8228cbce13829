"""The nodes of a parsed tree: each compiles, evaluates and words (see also `relation_group`).

Negation is decided here alone: it is pushed down to the leaves, and a negated leaf is the exact
complement of its positive form, so that every node is true or false for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Q

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.comparison import Against, against_holds, against_truth
from conditions.bases.row_figures.rolled_up import exact_for_pending
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict
from conditions.language.operators import Operator
from conditions.language.types import Value, ValueType
from conditions.phrases.writing.clauses import Clause, Said, Style, clause_of, is_measured, lead_of
from conditions.phrases.writing.groups import MATCH_WORDS, sentence_of, words_of
from conditions.ranking.rank_sql import join_ranks
from conditions.sql.place import Context, Place, Relation, Rows
from conditions.sql.truth import ALWAYS, NEVER, Truth, all_hold, any_of, as_wall, complement
from core.problems import Problem
from customers.models import CustomerRollup
from customers.models.rollup import Rollup

MATCHES = tuple(MATCH_WORDS)
# A tree with more nodes than this is crowded.
CROWD = 16


@dataclass(frozen=True, eq=False)
class Node:
    """A node at `path` from the root; `json` is the form in which it is stored."""

    path: str
    json: dict[str, Any]

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        """Return that the node holds (does not hold, if `negated`), for the database.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def holds(self, row: Any, facts: Facts) -> bool:
        """Return whether the node holds for `row`, for the evaluator.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        """Return whether the node holds for `row`, and why.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        """Return the node's clause about a customer, or about a row of `inside`.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def words(self, inside: Relation | None = None) -> str:
        """Return the clause on its own, as a reader sees it."""
        return self.clause(inside, Style(cut=True)).text

    @property
    def children(self) -> Sequence[Node]:
        """The nodes directly below."""
        return ()

    @property
    def parts(self) -> Sequence[Node]:
        """The nodes directly below that stand under keys of their own, not in `conditions`."""
        return ()

    @property
    def rows_below(self) -> Relation | None:
        """The relation whose rows the nodes below are about; None: the same as this node's."""
        return None

    @property
    def stored_in(self) -> type[Rollup] | None:
        """The only roll-up needed to answer it; None where other tables are needed."""
        return None

    @property
    def is_in_rollup(self) -> bool:
        """Return whether the roll-up has all that the node reads of a customer."""
        return self.stored_in is CustomerRollup

    @property
    def is_about_rows(self) -> bool:
        """Return whether the node only reads rows of the customer, not the customer itself."""
        return False

    @property
    def joins(self) -> str | None:
        """The `match` of a group; None for other nodes."""
        return None

    @property
    def is_condition(self) -> bool:
        """Return whether the node is an attribute's condition."""
        return False

    @property
    def asks_when(self) -> bool:
        """Return whether the node compares nothing but a row's own time."""
        return False

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in document order."""
        yield self
        for child in (*self.parts, *self.children):
            yield from child.walk()


@dataclass(frozen=True, eq=False)
class Group(Node):
    """`match` of the `conditions` hold. The root also carries the tree's `warnings`."""

    match: str
    conditions: Sequence[Node]
    warnings: tuple[Problem, ...] = ()

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        # none = all of the negated, not_all = any of the negated; a negation swaps both.
        disjunctive = (self.match in {"any", "not_all"}) != negated
        negate_each = (self.match in {"none", "not_all"}) != negated
        if not self.conditions:
            return NEVER if disjunctive else ALWAYS
        if self.path == "" and len(list(self.walk())) > CROWD:
            place = replace(place, crowded=True)
        here = place.under(disjunctive=disjunctive and len(self.conditions) > 1)
        truths = self._truths(
            here, context, any_of if disjunctive else all_hold, negated=negate_each
        )
        if not disjunctive:
            truths = join_ranks(truths)
        if place.crowded and not disjunctive:
            truths = [as_wall(truth) if truth.certain else truth for truth in truths]
        return any_of(*truths) if disjunctive else all_hold(*truths)

    def in_scope(self, scope: Q, place: Place, context: Context) -> Truth:
        """Return that it holds and the customer is in `scope`; for a root, for the database.

        At a roll-up's row, the scope and all conditions that the roll-up can answer make one
        condition.
        """
        in_scope = Truth(scope, certain=True)
        if place.model is not CustomerRollup:
            return all_hold(in_scope, self.truth(place, context))
        parts = self.conditions if self.match == "all" else [self]
        told = [node for node in parts if node.stored_in is CustomerRollup]
        rest = replace(self, match="all", conditions=[node for node in parts if node not in told])
        there = replace(place, rolled_up=True)
        plain = all_hold(in_scope, *(node.truth(there, context) for node in told))
        return all_hold(exact_for_pending(CustomerRollup, plain, place), rest.truth(place, context))

    def _truths(
        self, place: Place, context: Context, joined: Callable[..., Truth], *, negated: bool
    ) -> list[Truth]:
        """Return the truths to be joined, one for all conditions that the same roll-up answers.

        The test for pending customers is then made once for each roll-up.
        """
        truths, told = list[Truth](), dict[type[Rollup], list[Node]]()
        for node in self.conditions:
            home = None if place.rolled_up or place.relation is not None else node.stored_in
            if home is None:
                truths.append(node.truth(place, context, negated=negated))
            else:
                told.setdefault(home, []).append(node)
        there = replace(place, rolled_up=True)
        for home, nodes in told.items():
            plain = joined(*(node.truth(there, context, negated=negated) for node in nodes))
            truths.append(exact_for_pending(home, plain, place))
        return truths

    @cached_property
    def _decisions(self) -> tuple[bool, bool]:
        """Which value of one condition decides the group, and the group's value then."""
        return self.match in {"any", "none"}, self.match in {"any", "not_all"}

    def holds(self, row: Any, facts: Facts) -> bool:
        # A shopper waits for 200 of these: no generator, and no condition after the deciding one.
        decisive, decided = self._decisions
        for node in self.conditions:
            if node.holds(row, facts) == decisive:
                return decided
        return not decided

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        verdicts = [node.evaluate(row, facts) for node in self.conditions]
        decisive, decided = self._decisions
        is_decided = any(verdict.holds == decisive for verdict in verdicts)
        return Verdict(self.json, decided == is_decided, children=verdicts)

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        return words_of(self, inside, style)

    def words(self, inside: Relation | None = None) -> str:
        return super().words(inside) if self.conditions else self.sentence()

    @property
    def stored_in(self) -> type[Rollup] | None:
        homes = {node.stored_in for node in self.conditions} or {CustomerRollup}
        return homes.pop() if len(homes) == 1 else None

    @property
    def joins(self) -> str | None:
        return self.match

    def sentence(self, *, exact: bool = False) -> str:
        """Return the whole tree as one plain sentence, with long lists cut.

        With `exact` lists are complete: `conditions.reading.exact` reads the tree back from it.
        """
        style = Style(cut=not exact)
        first = self.conditions[0] if self.match == "all" and self.conditions else None
        lead = lead_of(first.said, style) if isinstance(first, Condition) else None
        return sentence_of(self, lead, style)

    @property
    def children(self) -> Sequence[Node]:
        return self.conditions


@dataclass(frozen=True, eq=False)
class Condition(Node):
    """An attribute compared with a value, or with another attribute."""

    attribute: Attribute
    operator: Operator
    value: Value | Against | None

    @cached_property
    def positive(self) -> Operator:
        """The operator itself, or the one that it negates."""
        return positive(self.attribute.type, self.operator)

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        truth = self._positive_truth(place, context)
        return complement(truth) if negated != bool(self.operator.twin) else truth

    def _positive_truth(self, place: Place, context: Context) -> Truth:
        rows = self.rows_at(place)
        if rows is not None:
            return rows.where(self._truth_at(rows.place, context)).some()
        return self._truth_at(place, context)

    def rows_at(self, place: Place) -> Rows | None:
        """Return the rows that the condition is about, where it stands directly at a customer."""
        if place.relation is not None or self.attribute.relation is None:
            return None
        return place.rows_of(registry.relation(self.attribute.relation))

    def _truth_at(self, place: Place, context: Context) -> Truth:
        if isinstance(self.value, Against):
            return against_truth(self.attribute, self.positive, self.value, place, context)
        return self.attribute.truth(self.positive, meaning_of(self.value), place, context)

    def holds(self, row: Any, facts: Facts) -> bool:
        if facts.relation is None and self.attribute.relation is not None:
            positive_holds = any(self._fitting_rows(facts))
        else:
            positive_holds = self._holds_at(row, facts)
        return positive_holds != bool(self.operator.twin)

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        if facts.relation is None and self.attribute.relation is not None:
            inside = facts.inside(registry.relation(self.attribute.relation))
            fitting = list(self._fitting_rows(facts))
            shown = [self._actual(one, inside) for one in fitting[:3]]
            actual: Any = {"count": len(fitting), "rows": shown}
            positive_holds = bool(fitting)
        else:
            actual = self._actual(row, facts)
            positive_holds = self._holds_at(row, facts)
        return Verdict(self.json, positive_holds != bool(self.operator.twin), actual=actual)

    def _fitting_rows(self, facts: Facts) -> Iterator[Any]:
        """Yield the customer's rows that satisfy the positive operator."""
        assert self.attribute.relation is not None
        relation = registry.relation(self.attribute.relation)
        inside = facts.inside(relation)
        return (one for one in facts.rows(relation) if self._holds_at(one, inside))

    def _holds_at(self, row: Any, facts: Facts) -> bool:
        if isinstance(self.value, Against):
            return against_holds(self.attribute, self.positive, self.value, row, facts)
        return self.attribute.holds(self.positive, meaning_of(self.value), row, facts)

    def _actual(self, row: Any, facts: Facts) -> Any:
        return self.attribute.actual(self.value, row, facts)

    @property
    def stored_in(self) -> type[Rollup] | None:
        home = self.attribute.stored_in
        if isinstance(self.value, Against) and self.value.attribute.stored_in is not home:
            return None
        return home

    @property
    def said(self) -> Said:
        """The attribute, operator and value, to be worded."""
        return Said(self.attribute, self.operator, self.value)

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        return clause_of(self.said, inside, style)

    @property
    def is_condition(self) -> bool:
        return True

    @property
    def is_about_rows(self) -> bool:
        return self.attribute.relation is not None

    @property
    def asks_when(self) -> bool:
        negative = bool(self.operator.twin)
        return self.attribute.phrase.is_time and not negative and is_measured(self.said, None)


def positive(type_: ValueType, operator: Operator) -> Operator:
    """Return `operator`, or the positive one that it negates."""
    return operator if operator.twin is None else type_.operators[operator.twin]


def meaning_of(value: Value | None) -> Any:
    """Return the meaning of a parsed value; None for operators that take no value."""
    return None if value is None else value.meant
