"""Checks whether the stored state of a segment is right; reads everything, changes nothing.

Each segment is read at one moment of the database. Its members are computed by the compiled query,
for a sample of customers also by the evaluator, and by replaying the change log. Customers whose
marks wait in the queue are left out, because their changes are known but not yet processed. Marks
from before the last refresh do not count, because that refresh has seen their changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import Lag
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.evaluator.facts import facts_of
from conditions.sql.scope import context_at
from conditions.upkeep.flips import flipped_customers
from core.clock import now
from core.database.snapshot import read_snapshot
from customers.models import Customer, DirtyCustomer
from segments.models import ChangeKind, Membership, MembershipChange, RefreshMode, Segment
from segments.models.work.watermark import OVERLAP, purged_number, swept_until
from segments.rules.evaluation.rule import Rule, rule_of

# The number of customers of each kind whose numbers are reported.
NAMED = 10


@dataclass(frozen=True)
class Customers:
    """The number of customers with a fault, and the customer numbers of the first of them."""

    count: int = 0
    numbers: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The result of the check of a segment.

    `as_of` is the moment for which the members were compared, None where they were not; `remark` is
    the reason for that, or the reason why differences are no fault.
    """

    segment: Segment
    invalid: str = ""
    as_of: datetime | None = None
    remark: str = ""
    is_excused: bool = False
    rows: int = 0
    # By the compiled query: customers who are missing, and customers who should not be members.
    missing: Customers = Customers()
    surplus: Customers = Customers()
    # The size of the sample, and its customers about which evaluator and query disagree.
    asked: int = 0
    disputed: Customers = Customers()
    # By the change log: customers whose membership disagrees with it, and customers who entered or
    # left twice in a row.
    unlogged: Customers = Customers()
    logged_twice: Customers = Customers()

    @property
    def has_drift(self) -> bool:
        """Return whether the check found any fault."""
        differing = not self.is_excused and (self.missing.count or self.surplus.count)
        at_fault = (self.disputed, self.unlogged, self.logged_twice)
        return bool(
            self.invalid
            or differing
            or any(one.count for one in at_fault)
            or self.rows != self.segment.members_count
        )


def check_segment(segment: Segment, *, sample: int, seed: int) -> Checked:
    """Compare the stored state of `segment` with the right one, at one moment of the database.

    The evaluator checks `sample` members and as many others in scope, chosen by `seed`.
    """
    with read_snapshot():
        segment = Segment.objects.get(pk=segment.pk)
        stored = Membership.objects.filter(segment=segment)
        found: dict[str, Any] = {
            "segment": segment,
            "rows": stored.count(),
            **_compare_with_log(segment),
        }
        try:
            rule = rule_of(segment)
        except InvalidTree as error:
            return Checked(invalid=str(error), **found)
        reason = _why_not_compared(segment)
        at = now() if _is_kept_current(segment) or segment.as_of is None else segment.as_of
        found |= _by_the_evaluator(segment, rule, at, sample, seed)
        waiting = [] if reason else _waiting(segment, rule, at)
        if segment.compares_customers and any(ids.exists() for ids in waiting):
            reason = _("awaits its turn: what one customer has done may turn the answer for others")
        if reason:
            return Checked(remark=reason, **found)
        return Checked(**found, **_by_the_query(segment, rule, at, waiting))


def _why_not_compared(segment: Segment) -> str:
    if not segment.is_active:
        return _("inactive: keeps the members that it had")
    if segment.members_version is None:
        return _("never refreshed")
    if segment.members_version != segment.version:
        return _("awaits a refresh: its definition has changed")
    everybody = DirtyCustomer.objects.filter(customer_id=None, at__gte=_seen_until(segment))
    if segment.is_owed_refresh or everybody.exists():
        return _("awaits a refresh: what has happened has not reached its members")
    return ""


def _seen_until(segment: Segment) -> datetime:
    """Return the moment up to which the last refresh has seen all changes."""
    seen = segment.as_of if segment.follows_clock else segment.refreshed_at
    assert seen is not None, "it has been refreshed"
    return seen


def _is_kept_current(segment: Segment) -> bool:
    return Segment.objects.kept_current().filter(pk=segment.pk).exists()


def _waiting(segment: Segment, rule: Rule, at: datetime) -> list[QuerySet[Any, Any]]:
    """Return queries for the ids of customers whose changes have not reached the members yet."""
    waiting = [
        DirtyCustomer.objects.filter(
            Q(segment_id=None) | Q(segment_id=segment.pk),
            customer_id__isnull=False,
            at__gte=_seen_until(segment),
        ).values_list("customer_id")
    ]
    if _is_kept_current(segment):
        waiting += _not_yet_swept(segment, rule, at)
    return waiting


def _by_the_query(
    segment: Segment, rule: Rule, at: datetime, waiting: Sequence[QuerySet[Any, Any]]
) -> dict[str, Any]:
    """Return the missing and the surplus members, without customers whose changes wait."""
    wanted = rule.customers(as_of=at).order_by().values_list("id")
    stored = Membership.objects.filter(segment=segment).order_by().values_list("customer_id")
    by_hand = segment.refresh_mode == RefreshMode.MANUAL
    return {
        "as_of": at,
        "missing": _customers(segment, wanted.difference(stored, *waiting), "id"),
        "surplus": _customers(segment, stored.difference(wanted, *waiting), "customer_id"),
        "remark": _("refreshed by hand: data may have changed since") if by_hand else "",
        "is_excused": by_hand,
    }


def _not_yet_swept(segment: Segment, rule: Rule, at: datetime) -> list[QuerySet[Any, Any]]:
    """Return queries for customers affected by the time since the last sweep or a later refresh."""
    swept = swept_until()
    seen = _seen_until(segment)
    earlier = seen if swept is None else max(seen, swept - OVERLAP)
    if earlier >= at:
        return []
    before, after = (context_at(each, rule.scope) for each in (earlier, at))
    return [ids.order_by() for ids in flipped_customers(rule.tree, before, after)]


def _by_the_evaluator(
    segment: Segment, rule: Rule, at: datetime, sample: int, seed: int
) -> dict[str, Any]:
    stored = Membership.objects.filter(segment=segment, customer=OuterRef("pk"))
    members = Customer.objects.filter(Exists(stored))
    others = Customer.objects.filter(rule.scope.q).exclude(Exists(stored))
    related = ("website", "store", "group", "wishlist")
    # A pseudo-random order that is reproducible with the seed.
    shuffled = (F("pk") * Value(48_271 + 2 * (seed % 500_000)) + Value(seed)) % Value(1_000_003)
    asked = [
        customer
        for customers in (members, others)
        for customer in customers.select_related(*related).order_by(shuffled, "pk")[:sample]
    ]
    wanted = rule.customers(as_of=at).filter(pk__in=[customer.pk for customer in asked])
    by_query = set(wanted.values_list("pk", flat=True))
    disputed = [
        facts.customer.external_id
        for facts in facts_of(asked, at)
        if rule.holds(facts) != (facts.customer.pk in by_query)
    ]
    return {"asked": len(asked), "disputed": Customers(len(disputed), disputed[:NAMED])}


def _compare_with_log(segment: Segment) -> dict[str, Any]:
    """Return the differences between the replayed change log and the stored members."""
    # Entries of erased customers have no customer; they are no members.
    log = MembershipChange.objects.filter(segment=segment, customer_id__isnull=False)
    is_whole = not purged_number()
    latest = log.order_by().values("customer_id").annotate(latest=Max("sequence")).values("latest")
    entered = log.filter(sequence__in=latest, kind=ChangeKind.ENTERED)
    stored = Membership.objects.filter(segment=segment)
    if not is_whole:
        # A member without an entry may have entered before the kept part of the log begins.
        stored = stored.filter(Exists(log.filter(customer_id=OuterRef("customer_id"))))
    by_log, by_rows = (rows.order_by().values_list("customer_id") for rows in (entered, stored))
    lost = _customers(segment, by_log.difference(by_rows), "customer_id")
    unheard = _customers(segment, by_rows.difference(by_log), "customer_id")
    before = Window(Lag("kind"), partition_by=F("customer_id"), order_by=F("sequence").asc())
    first_left = Q(before=None, kind=ChangeKind.LEFT) if is_whole else Q(pk__in=[])
    twice = (
        log.order_by()
        .annotate(before=before)
        .filter(Q(before=F("kind")) | first_left)
        .values_list("customer_id")
        .distinct()
    )
    return {
        "unlogged": Customers(
            lost.count + unheard.count, [*lost.numbers, *unheard.numbers][:NAMED]
        ),
        "logged_twice": _customers(segment, twice, "customer_id"),
    }


def _customers(segment: Segment, ids: QuerySet[Any, Any], column: str) -> Customers:
    """Return the customers with the ids that the query selects in `column`."""
    count = ids.count()
    if not count:
        return Customers()
    first = [pk for (pk,) in ids.order_by(column)[:NAMED]]
    numbers = dict(Customer.objects.filter(pk__in=first).values_list("pk", "external_id"))
    if gone := set(first) - set(numbers):
        # The log may still have the number of a deleted customer.
        logged = segment.changes.filter(customer_id__in=gone).order_by("sequence")
        numbers |= dict(logged.values_list("customer_id", "customer_external_id"))
    return Customers(count, sorted(numbers.get(pk) or f"#{pk}" for pk in first))
