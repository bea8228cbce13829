"""Detect flipped conditions: compare what active segments ask of scores for two score rows.

Without this check every nightly scoring would re-evaluate most customers in all segments. A
condition that compares a score with another attribute may flip with every change of the score.
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from conditions.bases.comparison import Against
from conditions.language.operators import Operator
from conditions.language.windows import LocalClock
from conditions.nodes.ranks import Ranked
from conditions.nodes.tree import Condition, meaning_of
from predictions.conditions.families import DAYS_SINCE_SCORED, ScoreColumn
from predictions.conditions.segments_using_scores import SCORES, sides_of
from predictions.conditions.uplift import UpliftValue
from predictions.models import CustomerPrediction
from predictions.models.scores.uplift import UPLIFT_PREFIX
from segments.models import Segment
from segments.rules.evaluation.rule import Rule
from segments.rules.evaluation.rule_cache import rules_of


@dataclass(frozen=True)
class Asked:
    """The key of a condition on a score: attribute code, positive operator, text of the value."""

    code: str
    operator: str
    value: str


@dataclass(frozen=True)
class Questions:
    """Active segments' conditions on scores, and columns whose every change matters.

    `conditions` are on columns of `CustomerPrediction`, `uplifts` on uplifts. `compared` are the
    columns, and the codes of uplift models, whose every change may flip a condition.
    `counts_days`: a condition asks how many days ago customers were scored.
    """

    conditions: Mapping[Asked, tuple[ScoreColumn, Operator, Any]]
    compared: Collection[str]
    counts_days: bool = False
    uplifts: Mapping[Asked, tuple[UpliftValue, Operator, Any]] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[Asked | str]:
        """The keys of all conditions and columns, for a comparison with those at another time."""
        return frozenset([*self.conditions, *self.uplifts, *self.compared])

    @cached_property
    def columns(self) -> Set[str]:
        """The columns whose changes matter to any condition."""
        asked = {*self.compared, *(one.column for one, *_rest in self.conditions.values())}
        return {one for one in asked if not one.startswith(UPLIFT_PREFIX)}

    @cached_property
    def uplift_models(self) -> Collection[str]:
        """The codes of the uplift models that conditions read."""
        asked = {*self.compared, *(one.column for one, *_rest in self.uplifts.values())}
        return {one for one in asked if one.startswith(UPLIFT_PREFIX)}

    def uplift_may_have_turned(
        self, model: str, before: Decimal | None, after: Decimal | None, clock: LocalClock
    ) -> bool:
        """Return whether any condition may differ between two uplifts by the model `model`."""
        return model in self.compared or any(
            attribute.column == model
            and attribute.may_have_turned(before, after, operator, value, clock)
            for attribute, operator, value in self.uplifts.values()
        )

    def may_have_turned(
        self, before: CustomerPrediction, after: CustomerPrediction, clock: LocalClock
    ) -> bool:
        """Return whether any condition may differ between two score rows of a customer."""
        compared = self.columns & set(self.compared)
        if any(getattr(before, column) != getattr(after, column) for column in compared):
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
    """Return what the rules of active segments currently ask of scores."""
    codes = Segment.objects.filter(is_active=True).values_list("code", flat=True)
    conditions: dict[Asked, tuple[ScoreColumn, Operator, Any]] = {}
    uplifts: dict[Asked, tuple[UpliftValue, Operator, Any]] = {}
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
                compared.update(one.column for one in sides if isinstance(one, SCORES))
            if DAYS_SINCE_SCORED in sides:
                counts_days = True
                compared.add("clv_model_id")
            if isinstance(node, Ranked) and isinstance(attribute, SCORES):
                compared.add(attribute.column)
            if isinstance(node.value, Against) or isinstance(node, Ranked):
                continue
            if not isinstance(attribute, SCORES):
                continue
            value = meaning_of(node.value)
            key = Asked(attribute.code, node.positive.name, repr(value))
            if isinstance(attribute, UpliftValue):
                uplifts[key] = (attribute, node.positive, value)
            else:
                conditions[key] = (attribute, node.positive, value)
    return Questions(conditions, compared, counts_days, uplifts)
