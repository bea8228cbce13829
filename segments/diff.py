"""Brings the stored members of a segment in line with a query, set by set, inside the database.

Rows are read and locked in the order of internal ids, memberships before customers, as whoever
deletes a customer does; so nobody waits in a circle.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from customers.models import Customer
from segments.models import (
    ChangeKind,
    ChangeReason,
    Membership,
    MembershipChange,
    RefreshRun,
    Segment,
)

CUSTOMERS = Customer._meta.db_table
MEMBERSHIPS = Membership._meta.db_table
CHANGES = MembershipChange._meta.db_table


@dataclass(frozen=True)
class Diff:
    """How many entered and left, and the stretch of the change log that says who."""

    entered: int
    left: int
    after: int
    last: int


def apply_diff(
    segment: Segment,
    members: QuerySet[Customer],
    *,
    reason: ChangeReason,
    at: datetime,
    run: RefreshRun | None = None,
    only: Customer | None = None,
) -> Diff:
    """Make `members` the stored members of `segment`, and log who entered and left at `at`.

    With `only`, nobody but that customer is looked at. Needs a transaction that holds
    `lock_members(segment.pk)`. No id enters Python; where nothing differs, nothing is written.
    """
    after = _last_sequence(segment)
    _collect_wanted(members.filter(pk=only.pk) if only else members)
    left = _collect_leaving(segment, only)
    entered = _collect_entering(segment)
    row = {
        "segment": segment.pk,
        "at": connection.ops.adapt_datetimefield_value(at),
        "reason": reason.value,
        "run": run.pk if run else None,
    }
    if left:
        _log("segment_leaving", {**row, "kind": ChangeKind.LEFT.value})
        _execute(
            f"DELETE FROM {MEMBERSHIPS} WHERE segment_id = %(segment)s "
            "AND customer_id IN (SELECT customer_id FROM segment_leaving)",
            row,
        )
    if entered:
        _execute(
            f"INSERT INTO {MEMBERSHIPS} (segment_id, customer_id, entered_at) "
            "SELECT %(segment)s, customer_id, %(at)s FROM segment_entering ORDER BY customer_id",
            row,
        )
        _log("segment_entering", {**row, "kind": ChangeKind.ENTERED.value})
    for table in ("segment_wanted", "segment_leaving", "segment_entering"):
        _execute(f"DROP TABLE {table}")
    return Diff(entered, left, after, _last_sequence(segment) if entered or left else after)


def _last_sequence(segment: Segment) -> int:
    newest = MembershipChange.objects.filter(segment=segment).order_by("-sequence")
    return newest.values_list("sequence", flat=True).first() or 0


def _collect_wanted(members: QuerySet[Customer]) -> None:
    query = members.order_by("pk").values("pk").query
    try:
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # The query is nobody, whatever the rows.
        sql, params = f"SELECT id FROM {CUSTOMERS} WHERE 1 = 0", ()
    _collect("segment_wanted", sql, params, key="PRIMARY KEY")


def _collect_leaving(segment: Segment, only: Customer | None) -> int:
    sql = f"""
        SELECT m.customer_id FROM {MEMBERSHIPS} m
        WHERE m.segment_id = %(segment)s
        AND NOT EXISTS (SELECT 1 FROM segment_wanted w WHERE w.customer_id = m.customer_id)
    """
    params = {"segment": segment.pk}
    if only:
        sql += " AND m.customer_id = %(only)s"
        params["only"] = only.pk
    return _collect(
        "segment_leaving", f"{sql} ORDER BY m.customer_id {_locking('FOR UPDATE OF m')}", params
    )


def _collect_entering(segment: Segment) -> int:
    # The lock makes a delete of the customer wait for us; one who is gone by now does not appear.
    return _collect(
        "segment_entering",
        f"""
        SELECT c.id FROM segment_wanted w JOIN {CUSTOMERS} c ON c.id = w.customer_id
        WHERE NOT EXISTS (
            SELECT 1 FROM {MEMBERSHIPS} m
            WHERE m.segment_id = %(segment)s AND m.customer_id = c.id
        )
        ORDER BY c.id {_locking("FOR KEY SHARE OF c")}
        """,
        {"segment": segment.pk},
    )


def _locking(clause: str) -> str:
    return clause if connection.features.has_select_for_update else ""


def _collect(table: str, sql: str, params: Any, *, key: str = "") -> int:
    column_type = Customer._meta.pk.db_type(connection)
    _execute(f"CREATE TEMPORARY TABLE {table} (customer_id {column_type} {key})")
    return _execute(f"INSERT INTO {table} (customer_id) {sql}", params)


def _log(table: str, params: Any) -> None:
    _execute(
        f"""
        INSERT INTO {CHANGES}
            (segment_id, customer_id, customer_external_id, kind, reason, at, run_id)
        SELECT %(segment)s, c.id, c.external_id, %(kind)s, %(reason)s, %(at)s, %(run)s
        FROM {table} t JOIN {CUSTOMERS} c ON c.id = t.customer_id
        ORDER BY c.id
        """,
        params,
    )


def _execute(sql: str, params: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
