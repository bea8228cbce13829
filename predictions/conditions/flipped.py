"""For whom a condition may have turned: what live trees ask of scores, held against two rows.

Without it every nightly scoring would have most customers looked at in all segments. A condition
that compares a score with another attribute may turn with every change of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conditions.bases.comparison import Against
from conditions.language.operators import Operator
from conditions.language.windows import LocalClock
from conditions.nodes.ranks import Ranked
from conditions.nodes.tree import Condition, meant
from predictions.conditions.families import DAYS_SINCE_SCORED, ScoreColumn
from predictions.conditions.segments_using_scores import sides_of
from predictions.models import CustomerPrediction
from segments.models import Segment
from segments.rules.kept import rules_of
from segments.rules.rule import Rule


@dataclass(frozen=True)
class Asked:
    """A condition on a score: its attribute's code, the positive operator, the value's text."""

    code: str
    operator: str
    value: str


@dataclass(frozen=True)
class Questions:
    """What active segments ask of scores: conditions, and columns of which any change counts.

    `counts_days`: some ask how long ago customers were scored.
    """

    conditions: Mapping[Asked, tuple[ScoreColumn, Operator, Any]]
    compared: Collection[str]
    counts_days: bool = False

    @property
    def keys(self) -> frozenset[Asked | str]:
        """All of it, to be held against what is asked at another time."""
        return frozenset([*self.conditions, *self.compared])

    @cached_property
    def columns(self) -> Collection[str]:
        """The columns of which a change counts."""
        return {*self.compared, *(one.column for one, *_rest in self.conditions.values())}

    def may_have_turned(
        self, before: CustomerPrediction, after: CustomerPrediction, clock: LocalClock
    ) -> bool:
        """Return whether some answer may differ between two rows of a customer."""
        if any(getattr(before, column) != getattr(after, column) for column in self.compared):
            return True
        for attribute, operator, value in self.conditions.values():
            was, became = attribute.of(before), attribute.of(after)
            if was != became and (
                attribute.holds_of(was, operator, value, clock)
                != attribute.holds_of(became, operator, value, clock)
            ):
                return True
        return False


def questions() -> Questions:
    """Return what the trees of active segments ask now."""
    codes = Segment.objects.filter(is_active=True).values_list("code", flat=True)
    conditions: dict[Asked, tuple[ScoreColumn, Operator, Any]] = {}
    compared: set[str] = set()
    counts_days = False
    for rule in rules_of(list(codes)).values():
        if not isinstance(rule, Rule):
            continue
        for node in rule.tree.walk():
            if not isinstance(node, Condition):
                continue
            attribute, sides = node.attribute, sides_of(node)
            if isinstance(node.value, Against):
                compared.update(one.column for one in sides if isinstance(one, ScoreColumn))
            if DAYS_SINCE_SCORED in sides:
                counts_days = True
                compared.add("clv_model_id")
            if isinstance(node, Ranked) and isinstance(attribute, ScoreColumn):
                compared.add(attribute.column)
            if isinstance(node.value, Against) or isinstance(node, Ranked):
                continue
            if isinstance(attribute, ScoreColumn):
                value = meant(node.value)
                key = Asked(attribute.code, node.positive.name, repr(value))
                conditions[key] = (attribute, node.positive, value)
    return Questions(conditions, compared, counts_days)
