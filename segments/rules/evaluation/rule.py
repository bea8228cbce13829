"""Evaluates a segment's definition: customers who match, plus includes, minus excludes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict
from conditions.language.windows import Moment
from conditions.nodes.matching_customers import find_customers, is_enough_for, scope_truth
from conditions.nodes.tree import Group
from conditions.parse import parse_tree
from conditions.sql.place import AT_CUSTOMER, Context, Place
from conditions.sql.scope import Scope, context_at
from conditions.sql.truth import Truth, all_hold, any_of, complement, existing
from customers.models import Customer, CustomerRollup
from segments.models import MembershipOverride, OverrideKind, Segment
from segments.rules.in_conditions.list_tree import list_of


def members_of(segment: Segment, *, as_of: datetime) -> QuerySet[Customer]:
    """Return the members of `segment` by its definition at `as_of`, whether it is active or not.

    Raises `InvalidTree` where the stored tree no longer validates.
    """
    return rule_of(segment).customers(as_of=as_of)


@dataclass(frozen=True)
class Rule:
    """A parsed definition of a segment, ready for evaluation."""

    scope: Scope
    tree: Group
    segment_id: int
    has_overrides: bool

    def customers(
        self, *, as_of: datetime, only: QuerySet[Any] | None = None
    ) -> QuerySet[Customer]:
        """Return the members at `as_of`; with `only`, those among the customers of these ids."""
        context = context_at(as_of, self.scope)
        if only is None:
            in_rollup = self.scope.is_in_rollup and is_enough_for(self.tree)
            return find_customers(lambda place: self.truth(place, context), in_rollup=in_rollup)
        place = replace(AT_CUSTOMER, only=only)
        return Customer.objects.filter(self.truth(place, context).q, pk__in=only)

    def customers_matching(self, matching: Truth) -> QuerySet[Customer]:
        """Return the members where `matching` is the condition for customers who match the tree."""
        truth = self._of_scope(matching, AT_CUSTOMER)
        return Customer.objects.filter(truth.q)

    @property
    def is_in_rollup(self) -> bool:
        """Return whether the roll-up has all columns that the evaluation needs."""
        return self.scope.is_in_rollup and self.tree.stored_in is CustomerRollup

    def is_member(self, moment: Moment, place: Place) -> Case:
        """Return, as SQL, whether the customer at `place` is a member.

        `moment` is the clock of the scope's zones.
        """
        truth = self.truth(place, Context(moment))
        return Case(
            When(truth.q, then=Value(True)), default=Value(False), output_field=BooleanField()
        )

    def truth(self, place: Place, context: Context) -> Truth:
        """Return the condition that the customer at `place` is a member, as SQL."""
        context = replace(context, population=self.scope)
        if not self.has_overrides:
            return self.tree.in_scope(self.scope.q, place, context)
        return self._of_scope(self.tree.truth(place, context), place)

    def _of_scope(self, matching: Truth, place: Place) -> Truth:
        """Return the condition for members, where `matching` is the condition for a match."""
        if not self.has_overrides:
            return all_hold(scope_truth(self.scope, place), matching)
        return all_hold(
            scope_truth(self.scope, place),
            any_of(matching, self._override_truth(OverrideKind.INCLUDE)),
            complement(self._override_truth(OverrideKind.EXCLUDE)),
        )

    def _override_truth(self, kind: OverrideKind) -> Truth:
        overrides = MembershipOverride.objects.filter(segment=self.segment_id, kind=kind)
        return existing(Exists(overrides.filter(customer=OuterRef("pk"))))

    def holds(self, facts: Facts) -> bool:
        """Return whether one customer is a member, by the evaluator."""
        customer = facts.customer
        if not self.scope.includes(customer):
            return False
        kind = self.override_of(facts)
        if kind is not None:
            return kind == OverrideKind.INCLUDE
        return self.tree.holds(customer, self._in_scope(facts))

    def evaluate(self, facts: Facts) -> Verdict:
        """Return whether the conditions hold for one customer, and why."""
        return self.tree.evaluate(facts.customer, self._in_scope(facts))

    def _in_scope(self, facts: Facts) -> Facts:
        """Return the facts with this rule's scope as the population of its ranks."""
        return facts.about(self.scope)

    def override_of(self, facts: Facts) -> str | None:
        """Return the kind of the customer's override; None where there is none."""
        if not self.has_overrides:
            return None
        return (facts.loaded(_overrides_of) or {}).get(self.segment_id)


def _overrides_of(ids: Collection[int]) -> Mapping[int, dict[int, str]]:
    """Return the kinds of the overrides of these customers, by customer and segment."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = MembershipOverride.objects.filter(customer__in=ids)
    for customer_id, segment_id, kind in rows.values_list("customer", "segment", "kind"):
        found[customer_id][segment_id] = kind
    return found


def tree_of(segment: Segment) -> Group:
    """Return the tree of `segment`, of its conditions or its list. Raises `InvalidTree`."""
    if segment.is_list:
        return list_of(segment)
    return parse_tree(segment.conditions, segment=segment.code, stored=True)


def rule_of(segment: Segment) -> Rule:
    """Return the rule of `segment`. Raises `InvalidTree` where the stored tree is not valid.

    A segment from `SegmentQuerySet.with_overrides` needs no query for overrides.
    """
    tree = tree_of(segment)
    has_overrides = segment.__dict__.get("has_overrides")
    if has_overrides is None:
        has_overrides = segment.overrides.exists()
    return Rule(scope_of(segment), tree, segment.pk, has_overrides)


def scope_of(segment: Segment) -> Scope:
    """Return the scope of `segment`, without a query if websites and groups are prefetched."""
    return Scope(
        frozenset(website.pk for website in segment.websites.all()),
        frozenset(group.pk for group in segment.customer_groups.all()),
        segment.applies_to,
    )


def sentence_of(segment: Segment, conditions: Any) -> str:
    """Return, in one sentence, who matches in `segment` by `conditions`, or why they are invalid.

    `conditions` are those of `segment` or of another version; for a list they are ignored.
    """
    if segment.is_list:
        return list_of(segment).sentence()
    try:
        return parse_tree(conditions, stored=True).sentence()
    except InvalidTree as error:
        problems = "; ".join(problem.numbered_message for problem in error.problems)
        return _("No longer valid: %(problems)s") % {"problems": problems}
