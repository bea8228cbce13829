"""Adds customers to the list of a segment, and removes them, by the million.

A change is atomic and takes effect at once; no id enters Python.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from conditions.sql.statement import Statement
from core.audit import record
from core.clock import now
from customers.imports.named.named_customers import FOUND, Names, named_customers
from customers.models import (
    AuditAction,
    AuditSubject,
    Customer,
    DirtyCustomer,
    DirtyReason,
)
from segments.database.locks import lock_members
from segments.engine.batch import TABLE as BATCH
from segments.engine.batch import batch_of_selected
from segments.engine.dependents import dependents_of
from segments.engine.marks import FLOOD
from segments.engine.members.stored_members import announce_diff, apply_diff, wanted_by
from segments.engine.refreshes.runs import leave_to_refresh
from segments.engine.refreshes.shards import segments_in_shards
from segments.models import ChangeReason, ListedCustomer, Segment
from segments.rules.evaluation.rule import rule_of

MOST = 1_000_000

CUSTOMERS = Customer._meta.db_table
LISTED = ListedCustomer._meta.db_table


class Verb(Enum):
    """The effect of a change on the named customers."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True)
class Counts:
    """The result of a change: how many customers it added, removed and left unchanged.

    `unknown` is the number of names without a customer, `left_out` the first of these names;
    `members_count` is the number of members of the segment afterwards.
    """

    added: int
    removed: int
    unchanged: int
    unknown: int
    members_count: int
    left_out: tuple[str, ...] = ()


class NotAList(ValueError):
    """The segment has conditions instead of a list."""


class ListTooLong(ValueError):
    """The list would have more customers than allowed; nothing was written."""


def change_list(
    segment: Segment,
    verb: Verb,
    names: Names,
    *,
    skip_unknown: bool = False,
    author: Any,
) -> Counts:
    """Add the customers of `names` to the list of `segment`, or remove them, for `author`.

    Scope and overrides still apply, so a customer on the list need not be a member. Raises
    ListTooLong, NotAList, Segment.DoesNotExist where the segment was deleted, and the exceptions of
    `named_customers`.
    """
    with (
        transaction.atomic(),
        named_customers(names, skip_unknown=skip_unknown) as found,
    ):
        lock_members(segment.pk)
        segment = Segment.objects.get(pk=segment.pk)
        if not segment.is_list:
            raise NotAList
        with batch_of_selected(_differing(segment, verb), ChangeReason.MANUAL) as ids:
            removed, added = _write(segment, verb)
            if segment.is_active:
                _bring_up_to_date(segment, ids)
        if added and segment.listed.count() > MOST:
            raise ListTooLong
        if added or removed:
            changed = {"list": {"added": added, "removed": removed}}
            record(author, AuditAction.CHANGED, AuditSubject.SEGMENT, segment.code, after=changed)
        segment.refresh_from_db(fields=["members_count"])
    return Counts(
        added=added,
        removed=removed,
        unchanged=found.customers - (removed if verb is Verb.REMOVE else added),
        unknown=found.unknown,
        left_out=found.left_out,
        members_count=segment.members_count,
    )


def _differing(segment: Segment, verb: Verb) -> Statement:
    """Return the statement for the customers that the change adds or removes."""
    of_list = f"FROM {LISTED} l WHERE l.segment_id = {int(segment.pk)}"
    is_named = f"EXISTS (SELECT 1 FROM {FOUND} f WHERE f.customer_id = l.customer_id)"
    coming = (
        f"SELECT DISTINCT f.customer_id FROM {FOUND} f"
        f" WHERE NOT EXISTS (SELECT 1 {of_list} AND l.customer_id = f.customer_id)"
    )
    match verb:
        case Verb.ADD:
            return coming, ()
        case Verb.REMOVE:
            return f"SELECT l.customer_id {of_list} AND {is_named}", ()
        case Verb.REPLACE:
            return f"{coming} UNION ALL SELECT l.customer_id {of_list} AND NOT {is_named}", ()


def _write(segment: Segment, verb: Verb) -> tuple[int, int]:
    """Remove the batch's customers who are on the list and add the others; return both numbers."""
    removed = _execute(
        f"DELETE FROM {LISTED} WHERE segment_id = %s"
        f" AND customer_id IN (SELECT customer_id FROM {BATCH})",
        [segment.pk],
    )
    if verb is Verb.REMOVE:
        return removed, 0
    # The row lock waits for a concurrent deletion of a customer, who is then not selected.
    locking = "FOR KEY SHARE OF c" if connection.vendor == "postgresql" else ""
    added = _execute(
        f"INSERT INTO {LISTED} (segment_id, customer_id)"
        f" SELECT %s, c.id FROM {BATCH} b JOIN {CUSTOMERS} c ON c.id = b.customer_id"
        f" WHERE EXISTS (SELECT 1 FROM {FOUND} f WHERE f.customer_id = b.customer_id)"
        f" ORDER BY c.id {locking}",
        [segment.pk],
    )
    return removed, added


def _bring_up_to_date(segment: Segment, ids: QuerySet[Any]) -> None:
    at = now()
    wanted = wanted_by(segment.pk, rule_of(segment).customers(as_of=at, only=ids))
    announce_diff([segment], apply_diff([segment], wanted, at=at, only_batch=True))
    Segment.objects.filter(pk=segment.pk).update(as_of=at)
    _look_again(segment, ids, at)


def _look_again(segment: Segment, ids: QuerySet[Any], at: datetime) -> None:
    """Mark the customers for segments that may have been evaluated with the old list.

    These are the segments that refer to `segment`, and `segment` itself while a refresh in shards
    is running.
    """
    concerned = dependents_of([segment])
    if segments_in_shards().filter(run__segment=segment).exists():
        concerned.append(segment)
    if not concerned:
        return
    changed = list(ids.values_list("customer_id", flat=True)[: FLOOD + 1])
    if len(changed) > FLOOD:
        leave_to_refresh(concerned, reason=ChangeReason.MANUAL)
        return
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(customer_id=pk, reason=DirtyReason.MANUAL, at=at) for pk in sorted(changed)
    )


def _execute(sql: str, params: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
