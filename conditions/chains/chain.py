"""The node `steps`: one event happened, and then others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conditions.attribute import Flip
from conditions.chains.evaluation import chosen_events, earliest_chain
from conditions.chains.query import chain_truth
from conditions.chains.step import ChainStep
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict, over_rows
from conditions.language.windows import MICROSECOND
from conditions.nodes.tree import Node
from conditions.phrases.writing.clauses import Clause, Style
from conditions.phrases.writing.steps import chain_clause
from conditions.sql.place import Context, Place, Relation
from conditions.sql.truth import Truth, complement


@dataclass(frozen=True, eq=False)
class EventChain(Node):
    """The customer has rows of the `steps`, one each and each later than the one before."""

    steps: Sequence[ChainStep]

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        truth = chain_truth(self.steps, place, context)
        return complement(truth) if negated else truth

    def holds(self, row: Any, facts: Facts) -> bool:
        return earliest_chain(self.steps, chosen_events(self.steps, facts), facts) is not None

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        chosen = chosen_events(self.steps, facts)
        times = earliest_chain(self.steps, chosen, facts)
        actual = {
            "rows": len(chosen[0]),
            "chain": None if times is None else [at.isoformat() for at in times],
        }
        children = [_of_step(step, facts) for step in self.steps]
        return Verdict(self.json, times is not None, actual=actual, children=children)

    def clause(self, inside: Relation | None, style: Style) -> Clause:
        return chain_clause(self.steps, style)

    @property
    def children(self) -> Sequence[Node]:
        return self.steps

    @property
    def is_about_rows(self) -> bool:
        return True

    def ends(self, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
        """Yield the rows whose time for the absent last step ends between two moments."""
        step = self.steps[-1]
        if step.within is None or not step.is_absent:
            return
        first = earlier.moment.as_of - step.within.length
        last = later.moment.as_of - step.within.length - MICROSECOND
        if first <= last:
            before = self.steps[-2]
            rows = place.rows_of(before.relation)
            ending = before.time.within([(None, [(first, last)])], rows.place, later)
            yield rows.place, rows.where(ending).truth


def _of_step(step: ChainStep, facts: Facts) -> Verdict:
    """Return how many rows a step chooses, and for how many each of its conditions holds."""
    inside = facts.inside(step.relation)
    rows = facts.rows(step.relation)
    verdicts = [step.group.evaluate(one, inside) for one in rows]
    chosen = [one for one, verdict in zip(rows, verdicts, strict=True) if verdict.holds]
    return Verdict(
        step.json,
        bool(chosen),
        actual={"count": len(chosen), "rows": [str(one) for one in chosen[:3]]},
        children=over_rows(step.children, [verdict.children for verdict in verdicts]),
    )
