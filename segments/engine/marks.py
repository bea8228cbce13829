"""The queue of marked customers: take marks off the queue, and mark customers again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from conditions.sql.statement import statement_of
from core.clock import now
from customers.changes.declared import Changed
from customers.models import Customer, DirtyCustomer, DirtyReason
from segments.engine.since_snapshot import note_changed
from segments.models import ChangeReason

# If more customers than this, and more than a fifth of all, are marked, complete refreshes are
# cheaper.
FLOOD = 10_000
# If a customer is evaluated for several reasons, the change log names the first in this order.
BY_WEIGHT = (
    ChangeReason.EVENT,
    ChangeReason.MANUAL,
    ChangeReason.SCORE,
    ChangeReason.TIME,
    ChangeReason.DEFINITION,
)
# After this delay, a segment that a refresh had locked is tried again.
LATER = timedelta(seconds=1)

DIRTY = DirtyCustomer._meta.db_table


@dataclass(frozen=True)
class Marks:
    """Marks that were taken off the queue: the customers to evaluate, the reasons, the segments."""

    reasons: Mapping[int, ChangeReason]
    # The segments for which customers are marked separately.
    segment_ids: Collection[int]
    # The customers who are marked for every segment that reads a column in `changed` (None: for all
    # segments), and those of them whose roll-ups must be corrected too.
    everywhere: Collection[int]
    changed: frozenset[Changed] | None
    changed_ids: Sequence[int]
    # The customer numbers of deleted customers who are not erased.
    deleted: Mapping[int, str]
    # The customers who are deleted or erased; the mark of an erased one has an empty number.
    gone: Collection[int]


NOTHING = Marks({}, (), (), frozenset(), (), {}, ())


class _Taken(NamedTuple):
    customer_id: int
    segment_id: int | None
    reason: ChangeReason
    external_id: str | None
    is_rolled_up: bool
    source_table: str | None
    source_columns: str | None


def due_marks() -> QuerySet[DirtyCustomer]:
    """Return the marks that are due now."""
    return DirtyCustomer.objects.filter(Q(segment_id=None) | Q(at__lte=now()))


def is_flood(marks: QuerySet[DirtyCustomer]) -> bool:
    """Return whether `marks` are of so many customers that complete refreshes are cheaper."""
    if not marks.order_by("pk")[FLOOD : FLOOD + 1].exists():
        return False
    dirty = marks.values("customer_id").distinct().count()
    return dirty > max(FLOOD, Customer.objects.count() // 5)


def take(marks: QuerySet[DirtyCustomer], *, customers: int) -> Marks:
    """Delete the marks of the customers who wait longest from the queue, and return them.

    `customers` is the maximum number of customers. Many marks of one customer become one
    evaluation. Call it in the transaction that writes the result.
    """
    chosen = _longest_waiting(marks, customers)
    if not chosen:
        return NOTHING
    taken = _take_marks(marks.filter(customer_id__in=chosen))
    # Marks by passing time are left out: members found on a snapshot are checked for it separately.
    note_changed({one.customer_id for one in taken if one.reason != ChangeReason.TIME})
    reasons: dict[int, ChangeReason] = {}
    for one in taken:
        reasons[one.customer_id] = min(
            reasons.get(one.customer_id, one.reason), one.reason, key=BY_WEIGHT.index
        )
    everywhere = [one for one in taken if one.segment_id is None]
    return Marks(
        reasons,
        {one.segment_id for one in taken if one.segment_id is not None},
        {one.customer_id for one in everywhere},
        _changed_columns({(one.source_table, one.source_columns) for one in everywhere}),
        sorted({one.customer_id for one in everywhere if not one.is_rolled_up}),
        {one.customer_id: one.external_id for one in taken if one.external_id},
        {one.customer_id for one in taken if one.external_id is not None},
    )


def _changed_columns(
    sources: Collection[tuple[str | None, str | None]],
) -> frozenset[Changed] | None:
    found: set[Changed] = set()
    for table, columns in sources:
        if table is None:
            return None
        found |= {(table, one) for one in ([None] if columns is None else columns.split(","))}
    return frozenset(found)


def _longest_waiting(marks: QuerySet[DirtyCustomer], number: int) -> list[int]:
    """Return the customers who have waited longest, from the oldest 20 * `number` marks."""
    oldest = marks.order_by("pk").values_list("customer_id", flat=True)[: 20 * number]
    return list(dict.fromkeys(pk for pk in oldest if pk is not None))[:number]


def _take_marks(marks: QuerySet[DirtyCustomer]) -> list[_Taken]:
    """Delete and return `marks`, except those that another transaction has locked."""
    sql, params = statement_of(marks.order_by().values("pk"))
    locking = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {DIRTY} WHERE id IN ({sql} {locking})"
            " RETURNING customer_id, segment_id, reason, external_id, is_rolled_up, source_table,"
            " source_columns",
            params,
        )
        return [
            _Taken(customer, segment, ChangeReason(reason), *others)
            for customer, segment, reason, *others in cursor.fetchall()
        ]


def few_of(marks: Marks) -> Marks:
    """Return the marks of one customer for each reason, and of all deleted customers.

    They are enough for segments that compare customers, which are evaluated as a whole.
    """
    first = {marks.reasons[pk]: pk for pk in marks.everywhere}
    deleted = marks.deleted.keys() & set(marks.everywhere)
    return replace(marks, everywhere={*first.values(), *deleted})


def mark_for(segment_ids: Collection[int], marks: Marks, *, at: datetime | None = None) -> None:
    """Mark the customers of `marks` for these segments, due at `at`.

    Without `at`, mark only the customers who were marked for all segments, due at once.
    """
    customers = marks.everywhere if at is None else marks.reasons
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(
            customer_id=pk,
            segment_id=segment_id,
            reason=DirtyReason(marks.reasons[pk]),
            external_id=marks.deleted.get(pk),
            at=at or now(),
        )
        for segment_id in sorted(segment_ids)
        for pk in sorted(customers)
    )
