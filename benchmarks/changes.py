"""Changes of 1,000 customers, and the update of their segments in one batch."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Max, Value, When

from benchmarks.chaos import condition
from benchmarks.made import made, settle
from benchmarks.measure import Goal, Kind, Options, Row, milliseconds
from benchmarks.refresh import refresh_all
from core.clock import now
from customers.models import Customer, CustomerGroup, Order
from segments.engine.live_changes.affected_segments import concerned_by
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.marks import due_marks, take
from segments.models import Segment
from segments.rules.evaluation.judging import BATCH

CUSTOMERS = 1_000
FEW, MANY = 20, 200
BIRTHDAYS = 500
# With more than TIMED segments, a full refresh is timed for every STEP-th, at most TIMED of them.
TIMED, STEP = 20, 9
# Hundreds of segments of a large shop have more members than a disk has room for: with so many no
# more segments are refreshed before.
MEMBERS = 10_000_000

# Changes something of these orders, and back with the other sign.
Change = Callable[[Sequence[int], int], None]


def change_orders(orders: Sequence[int], sign: int) -> None:
    """Add to the total of each order, and take it back the next time.

    The time of the order changes, too, since every condition on orders reads the time: the change
    affects the same conditions as a new order.
    """
    Order.objects.filter(pk__in=orders).update(
        grand_total=F("grand_total") + sign * 500,
        created_at=F("created_at") + sign * timedelta(seconds=1),
    )


def change_groups(orders: Sequence[int], sign: int) -> None:
    """Move the orders' customers to the next group, and back: every segment reads that."""
    groups = list(CustomerGroup.objects.order_by("pk").values_list("pk", flat=True))
    moved = [
        When(group=one, then=Value(groups[(at + sign) % len(groups)]))
        for at, one in enumerate(groups)
    ]
    Customer.objects.filter(orders__in=orders).update(group=Case(*moved))


class NotFollowing(Exception):
    """Some segments of the benchmark do not follow changes."""


@dataclass(frozen=True)
class Batches:
    """The times of batches in milliseconds, and the number of segments that they queried."""

    times: Sequence[float]
    asked: int


def rows(options: Options) -> list[Row]:
    few = among(FEW, condition, options.rounds)
    many = among(MANY, condition, options.rounds)
    with following(BIRTHDAYS, birthday) as segments:
        birthdays = batches(segments, options.rounds, change_orders)
    one_more = [
        (statistics.median(those.times) - statistics.median(these.times))
        / (those.asked - these.asked)
        for these, those in zip(few[:2], many[:2], strict=True)
    ]
    found = []
    for number, (orders, everything, full), goal_ms in ((FEW, few, 200), (MANY, many, 1000)):
        goals = (Goal(Kind.FASTER, 50), Goal(Kind.MILLISECONDS, goal_ms))
        found += [
            _row(f"{what} each of {CUSTOMERS:,} x {number} segments", these, goals, full)
            for what, these in (("an order", orders), ("group and an order", everything))
        ]
    return [
        *found,
        Row("changes", f"one more segment asked, {CUSTOMERS:,} orders", one_more[:1]),
        Row("changes", f"one more segment asked, {CUSTOMERS:,} groups too", one_more[1:]),
        _row(f"an order each of {CUSTOMERS:,} x {BIRTHDAYS} segments about birthdays", birthdays),
    ]


def _row(what: str, these: Batches, goals: tuple[Goal, ...] = (), full: float | None = None) -> Row:
    theirs = () if full is None else (full,)
    against = "" if full is None else "full refresh"
    return Row(
        "changes", what, these.times, against, theirs, goals, amount=these.asked, unit="asked"
    )


def among(
    number: int, condition: Callable[[int], dict[str, Any]], rounds: int
) -> tuple[Batches, Batches, float]:
    """Return batches of changed orders, of all that segments read, and a refresh of all.

    Raises NotFollowing.
    """
    with following(number, condition) as segments:
        some = timed_segments(segments)
        full = milliseconds(lambda: refresh_all(some)) * number / len(some)
        orders = batches(segments, rounds, change_orders)
        everything = batches(segments, rounds, change_orders, change_groups)
        if everything.asked != number:
            raise NotFollowing(f"{everything.asked} of {number} segments were asked.")
    return orders, everything, full


@contextmanager
def following(number: int, condition: Callable[[int], dict[str, Any]]) -> Iterator[list[Segment]]:
    """Keep `number` segments that follow changes: a segment that was never refreshed does not."""
    with made(number, condition) as segments:
        let_follow(segments)
        check_following(segments)
        yield segments
        check_following(segments)


def timed_segments(segments: list[Segment]) -> list[Segment]:
    """Return the segments that are timed in a full refresh."""
    return segments[::STEP][:TIMED] if len(segments) > TIMED else segments


def let_follow(segments: list[Segment]) -> None:
    """Refresh the segments, the timed ones first, until they have `MEMBERS` members together.

    The others are only marked as refreshed. A batch treats these like all segments: it compares the
    changed customers only, whose memberships the two untimed batches have corrected.
    """
    first = timed_segments(segments)
    keys = {segment.pk for segment in first}
    members = 0
    for segment in [*first, *(one for one in segments if one.pk not in keys)]:
        if segment.pk in keys or members < MEMBERS:
            refresh_all([segment])
            segment.refresh_from_db(fields=["members_count"])
            members += segment.members_count
        else:
            noted = Segment.objects.filter(pk=segment.pk)
            noted.update(members_version=F("version"), refreshed_at=now(), as_of=now())


def check_following(segments: Sequence[Segment]) -> None:
    """Raise NotFollowing unless all of `segments` follow changes, in the lane of every batch."""
    ours = Segment.objects.filter(pk__in=[segment.pk for segment in segments])
    kept = ours.kept_current().exclude(pk__in=ours.costly().values("pk")).count()
    if kept != len(segments):
        raise NotFollowing(f"{kept} of {len(segments)} segments follow changes.")


def birthday(index: int) -> dict[str, Any]:
    return {
        "attribute": "customer.date_of_birth",
        "operator": "anniversary_in_next_days",
        "value": index % 14,
    }


def batches(segments: Sequence[Segment], rounds: int, *changes: Change) -> Batches:
    """Make the changes about an order of each customer, and return how long the batch takes.

    Totals go up and down again, so that customers enter and leave; in the end all is as it was.
    """
    orders = _orders()
    taken: list[float] = []
    asked = 0
    for sign in (1, -1):  # What these customers never were in, they now enter.
        for change in changes:
            change(orders, sign)
        asked = len(_find_concerned() & {segment.pk for segment in segments})
        settle()
    for number in range(rounds + rounds % 2):
        for change in changes:
            change(orders, 1 if number % 2 == 0 else -1)
        taken.append(milliseconds(process_batch))
        process_changes()
    return Batches(taken, asked)


def _find_concerned() -> set[int]:
    """Return which segments the next batch will ask, and leave its marks where they are."""
    with transaction.atomic():
        concerned = concerned_by(take(due_marks(), customers=BATCH))
        transaction.set_rollback(True)
    return concerned


def _orders() -> list[int]:
    """Return an order each of customers from all over the table."""
    sales = Order.objects.exclude(customer=None).exclude(state__in=("canceled", "closed"))
    latest = sales.values("customer_id").annotate(latest=Max("pk")).order_by("customer_id")
    orders = list(latest.values_list("latest", flat=True))
    return orders[:: max(1, len(orders) // CUSTOMERS)][:CUSTOMERS]
