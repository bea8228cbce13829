"""The segments in which a customer is, was or nearly is a member, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, Prefetch, QuerySet

from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts, facts_of
from conditions.evaluator.verdict import Verdict
from conditions.nodes.tree import Group, Node
from customers.models import Customer
from segments.models import ChangeKind, MembershipChange, MembershipOverride, OverrideKind, Segment
from segments.rules.evaluation.rule import rule_of

# The number of active segments that are evaluated for one customer, the first by priority.
JUDGED = 200


@dataclass(frozen=True)
class Reason:
    """A node of a segment's tree, and its verdict for the customer."""

    node: Node
    verdict: Verdict


@dataclass(frozen=True)
class Standing:
    """The stored and the evaluated membership of the customer in a segment, and the reasons.

    `deciding` are the conditions that would each change the result of the tree if they alone had
    the opposite result.
    """

    segment: Segment
    entered_at: datetime | None
    in_scope: bool = True
    holds: bool = False
    override: MembershipOverride | None = None
    reason: Reason | None = None
    problem: str = ""
    deciding: Sequence[Reason] = field(default_factory=tuple)

    @property
    def is_member(self) -> bool:
        """Return whether there is a stored membership."""
        return self.entered_at is not None

    @property
    def is_near(self) -> bool:
        """Return whether a single condition's opposite result would make the customer a member."""
        return (
            not (self.is_member or self.holds or self.override)
            and self.in_scope
            and any(self.deciding)
        )


@dataclass(frozen=True)
class Standings:
    """The standings of one customer; `is_complete` unless there are more than `JUDGED` segments."""

    current: list[Standing]
    entering: list[Standing]
    near: list[Standing]
    away: list[Standing]
    former: list[MembershipChange]
    is_complete: bool


def standings_of(customer: Customer, *, as_of: datetime) -> Standings:
    """Return the standings of `customer` at `as_of` (aware).

    - `current`: all stored memberships, each evaluated again.
    - `entering`: memberships that the next refresh will add.
    - `near`: near misses, that is active segments without an override for the customer and with the
      customer in scope, whose tree would hold if one single condition (a relation group counts as
      one) had the opposite result.
    - `away`: all other segments.
    - `former`: the latest leave of each segment in which the customer is no member.

    The customer's rows are loaded once.
    """
    entered = dict(customer.memberships.values_list("segment_id", "entered_at"))
    judged = _segments(customer, Segment.objects.filter(is_active=True))
    first = list(judged[: JUDGED + 1])
    others = _segments(customer, Segment.objects.filter(pk__in=entered))
    others = others.exclude(pk__in=[segment.pk for segment in first[:JUDGED]])
    (facts,) = facts_of([customer], as_of)
    stands = [
        _standing_of(segment, entered.get(segment.pk), facts)
        for segment in (*first[:JUDGED], *others)
    ]
    return Standings(
        current=[one for one in stands if one.is_member],
        entering=[one for one in stands if one.holds and not one.is_member],
        near=[one for one in stands if one.is_near],
        away=[one for one in stands if not (one.is_member or one.holds or one.is_near)],
        former=list(_changes_of_left(customer, entered)),
        is_complete=len(first) <= JUDGED,
    )


def _segments(customer: Customer, segments: QuerySet[Segment]) -> QuerySet[Segment]:
    decided = MembershipOverride.objects.filter(customer=customer).select_related("author")
    return segments.prefetch_related(
        "websites", "customer_groups", Prefetch("overrides", queryset=decided)
    )


def _standing_of(segment: Segment, entered_at: datetime | None, facts: Facts) -> Standing:
    override = next(iter(segment.overrides.all()), None)
    try:
        rule = rule_of(segment)
    except InvalidTree as error:
        return Standing(segment, entered_at, override=override, problem=str(error))
    verdict = rule.evaluate(facts)
    in_scope = rule.scope.includes(facts.customer)
    return Standing(
        segment,
        entered_at,
        in_scope=in_scope,
        holds=segment.is_active and in_scope and _is_in_segment(override, verdict),
        override=override,
        reason=Reason(rule.tree, verdict),
        deciding=tuple(deciding(rule.tree, verdict)),
    )


def _is_in_segment(override: MembershipOverride | None, verdict: Verdict) -> bool:
    return verdict.holds if override is None else override.kind == OverrideKind.INCLUDE


def deciding(node: Node, verdict: Verdict) -> Iterator[Reason]:
    """Yield the conditions below `node` that would each change its result by their opposite result.

    A child decides about its group if all other children hold (`all`, `not_all`) or if none of them
    does (`any`, `none`).
    """
    if not isinstance(node, Group):
        yield Reason(node, verdict)
        return
    needed = node.match in {"all", "not_all"}
    against = sum(child.holds != needed for child in verdict.children)
    for child, found in zip(node.conditions, verdict.children, strict=True):
        if against == (found.holds != needed):
            yield from deciding(child, found)


def _changes_of_left(
    customer: Customer, entered: dict[int, datetime]
) -> QuerySet[MembershipChange]:
    latest = (
        MembershipChange.objects.filter(customer_id=customer.pk)
        .exclude(segment__in=entered)
        .values("segment")
        .annotate(latest=Max("sequence"))
        .values("latest")
    )
    changes = MembershipChange.objects.filter(sequence__in=latest, kind=ChangeKind.LEFT)
    return changes.select_related("segment").order_by("-sequence")
