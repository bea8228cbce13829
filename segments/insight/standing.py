"""Where one customer stands: which segments they are in, were in, and nearly are in, and why."""

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
from segments.rules.rule import rule_of

# So many active segments are judged for one customer, the first by priority.
JUDGED = 200


@dataclass(frozen=True)
class Reason:
    """A node of a segment's tree, and what was found of it for the customer."""

    node: Node
    verdict: Verdict


@dataclass(frozen=True)
class Standing:
    """A segment and the customer: stored and judged, and the conditions that decide.

    `deciding` are those of which each alone, were it the other way round, would turn the tree.
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
        """Whether the stored membership says so."""
        return self.entered_at is not None

    @property
    def is_near(self) -> bool:
        """Whether exactly one condition would have to be the other way round to enter."""
        return (
            not (self.is_member or self.holds or self.override)
            and self.in_scope
            and any(self.deciding)
        )


@dataclass(frozen=True)
class Standings:
    """All of it for one customer. `is_complete` unless there are more segments than are judged."""

    current: list[Standing]
    entering: list[Standing]
    near: list[Standing]
    away: list[Standing]
    former: list[MembershipChange]
    is_complete: bool


def standings_of(customer: Customer, *, as_of: datetime) -> Standings:
    """Return where `customer` stands at `as_of` (aware).

    `current` are all stored memberships, each judged again; `entering` those that the next refresh
    will add; `away` all others; `former` the latest leave of each segment that they are not in. A
    *near miss* is an active segment in whose scope the customer is, whose membership nobody decided
    by an override, and whose tree would hold if one single condition (a relation group counts as
    one) came out the other way, the others as they are. Their rows are loaded once.
    """
    entered = dict(customer.memberships.values_list("segment_id", "entered_at"))
    judged = _segments(customer, Segment.objects.filter(is_active=True))
    first = list(judged[: JUDGED + 1])
    others = _segments(customer, Segment.objects.filter(pk__in=entered))
    others = others.exclude(pk__in=[segment.pk for segment in first[:JUDGED]])
    (facts,) = facts_of([customer], as_of)
    stands = [
        _judged(segment, entered.get(segment.pk), facts) for segment in (*first[:JUDGED], *others)
    ]
    return Standings(
        current=[one for one in stands if one.is_member],
        entering=[one for one in stands if one.holds and not one.is_member],
        near=[one for one in stands if one.is_near],
        away=[one for one in stands if not (one.is_member or one.holds or one.is_near)],
        former=list(_left(customer, entered)),
        is_complete=len(first) <= JUDGED,
    )


def _segments(customer: Customer, segments: QuerySet[Segment]) -> QuerySet[Segment]:
    decided = MembershipOverride.objects.filter(customer=customer).select_related("author")
    return segments.prefetch_related(
        "websites", "customer_groups", Prefetch("overrides", queryset=decided)
    )


def _judged(segment: Segment, entered_at: datetime | None, facts: Facts) -> Standing:
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
        holds=segment.is_active and in_scope and _decided(override, verdict),
        override=override,
        reason=Reason(rule.tree, verdict),
        deciding=tuple(deciding(rule.tree, verdict)),
    )


def _decided(override: MembershipOverride | None, verdict: Verdict) -> bool:
    return verdict.holds if override is None else override.kind == OverrideKind.INCLUDE


def deciding(node: Node, verdict: Verdict) -> Iterator[Reason]:
    """Yield the conditions below `node` of which each alone turns it, were it the other way round.

    A group turns with one of its children where all the others leave the decision to that one:
    they all hold (`all`, `not_all`), or none of them does (`any`, `none`).
    """
    if not isinstance(node, Group):
        yield Reason(node, verdict)
        return
    needed = node.match in {"all", "not_all"}
    against = sum(child.holds != needed for child in verdict.children)
    for child, found in zip(node.conditions, verdict.children, strict=True):
        if against == (found.holds != needed):
            yield from deciding(child, found)


def _left(customer: Customer, entered: dict[int, datetime]) -> QuerySet[MembershipChange]:
    latest = (
        MembershipChange.objects.filter(customer_id=customer.pk)
        .exclude(segment__in=entered)
        .values("segment")
        .annotate(latest=Max("sequence"))
        .values("latest")
    )
    changes = MembershipChange.objects.filter(sequence__in=latest, kind=ChangeKind.LEFT)
    return changes.select_related("segment").order_by("-sequence")
