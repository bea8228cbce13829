"""The queue of marked customers: who is taken off it, for which segments, and who is put back."""

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

# More customers than these and than a fifth of all are cheaper to bring up to date by refreshing
# segments as a whole.
FLOOD = 10_000
# Of several reasons that were noted for a customer the change log names the first of these.
BY_WEIGHT = (
    ChangeReason.EVENT,
    ChangeReason.MANUAL,
    ChangeReason.SCORE,
    ChangeReason.TIME,
    ChangeReason.DEFINITION,
)
# When a segment that a refresh holds is tried again.
LATER = timedelta(seconds=1)

DIRTY = DirtyCustomer._meta.db_table


@dataclass(frozen=True)
class Marks:
    """What was taken off the queue: whom to look at and why, and for which segments."""

    reasons: Mapping[int, ChangeReason]
    # The segments for which alone some are marked.
    segment_ids: Collection[int]
    # Who is marked for all that read some of what has `changed` (None: for all), and of those whose
    # data it is, so that their roll-ups must be put right too.
    everywhere: Collection[int]
    changed: frozenset[Changed] | None
    changed_ids: Sequence[int]
    # The numbers of those who are deleted, and not erased.
    deleted: Mapping[int, str]
    # Those who are deleted or erased; the mark of somebody erased has an empty number.
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
    """Return the marks that are to be worked in now."""
    return DirtyCustomer.objects.filter(Q(segment_id=None) | Q(at__lte=now()))


def is_flood(marks: QuerySet[DirtyCustomer]) -> bool:
    """Return whether `marks` are about so many customers that it comes to the same as everybody."""
    if not marks.order_by("pk")[FLOOD : FLOOD + 1].exists():
        return False
    dirty = marks.values("customer_id").distinct().count()
    return dirty > max(FLOOD, Customer.objects.count() // 5)


def take(marks: QuerySet[DirtyCustomer], *, customers: int) -> Marks:
    """Take those of `marks` off the queue that are about the `customers` who wait longest.

    Many marks of one customer are one question. To be called in the transaction that writes what
    is found.
    """
    chosen = _chosen(marks, customers)
    if not chosen:
        return NOTHING
    taken = _removed(marks.filter(customer_id__in=chosen))
    # What is noted of time is found out anew of whoever needs it.
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
        _changed({(one.source_table, one.source_columns) for one in everywhere}),
        sorted({one.customer_id for one in everywhere if not one.is_rolled_up}),
        {one.customer_id: one.external_id for one in taken if one.external_id},
        {one.customer_id for one in taken if one.external_id is not None},
    )


def _changed(sources: Collection[tuple[str | None, str | None]]) -> frozenset[Changed] | None:
    found: set[Changed] = set()
    for table, columns in sources:
        if table is None:
            return None
        found |= {(table, one) for one in ([None] if columns is None else columns.split(","))}
    return frozenset(found)


def _chosen(marks: QuerySet[DirtyCustomer], number: int) -> list[int]:
    """Return the customers who have waited longest; they are many in few rows, or few in many."""
    oldest = marks.order_by("pk").values_list("customer_id", flat=True)[: 20 * number]
    return list(dict.fromkeys(pk for pk in oldest if pk is not None))[:number]


def _removed(marks: QuerySet[DirtyCustomer]) -> list[_Taken]:
    """Remove `marks`, but those that somebody else is removing, and return them."""
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
    """Return marks of one customer for each reason, and of those deleted.

    That is enough for segments of which all members are compared.
    """
    first = {marks.reasons[pk]: pk for pk in marks.everywhere}
    deleted = marks.deleted.keys() & set(marks.everywhere)
    return replace(marks, everywhere={*first.values(), *deleted})


def mark_for(segment_ids: Collection[int], marks: Marks, *, at: datetime | None = None) -> None:
    """Mark the customers of `marks` for these segments alone: all of them, to be tried at `at`.

    Without `at` only those who were marked for all segments, due at once.
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
