"""Upkeep of the roll-ups: figures of everybody at once, of some customers, and a comparison."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

from conditions.bases.row_figures.derived import Derived
from conditions.bases.row_figures.fresh_rows import fresh, stored_figures
from conditions.bases.row_figures.rolled_up import DIRTY
from conditions.sql import sources
from conditions.sql.expressions import StorableSum
from conditions.sql.statement import Statement
from conditions.upkeep.columns import columns_of
from core.clock import now
from core.database.idle_timeouts import end_soon_when_silent
from customers.changes.declared import Changed, changed_of, rollups
from customers.models import Customer, DirtyCustomer, DirtyReason
from customers.models.rollup import OF_CUSTOMER, Rollup

CUSTOMERS = Customer._meta.db_table
# Changes that mean other rows of roll-ups, or other values that roll-ups repeat.
OF_ANY_ROLLUP = changed_of(Customer, *OF_CUSTOMER)
BATCH = 10_000


def build(*, using: str = "default") -> int:
    """Compute everybody's figures, in one statement for each roll-up; return how many rows changed.

    Meanwhile no other process may write figures or new customers.
    """
    changed = 0
    with transaction.atomic(using=using):
        end_soon_when_silent(using)
        for model in rollups():
            if connections[using].vendor == "postgresql":
                table = model._meta.db_table
                _run((f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE", ()), using)
            changed += _run(_upsert(_columns_to_write(model), None, using), using)
            changed += _remove_orphans(model, using)
    return changed


def update(
    customer_ids: Iterable[int],
    *,
    changed: Collection[Changed] | None = None,
    using: str = "default",
) -> int:
    """Bring the figures of these customers up to date, and return how many rows changed.

    Call it in the transaction that removes their marks. `changed` names all columns that have
    changed since their figures were computed, so that only figures of these are computed; None: any
    may have changed. Ids of customers who do not exist (any more) are ignored.
    """
    ids = sorted(set(customer_ids))
    return _update(_ids(ids, using), changed, using) if ids else 0


def update_touched(*, table: str, using: str) -> None:
    """Bring the figures of a bulk write's customers up to date (`WHEN_TOUCHED`)."""
    _update((f"SELECT customer_id FROM {table} WHERE customer_id IS NOT NULL", ()), None, using)


def has_incomplete(customers: QuerySet[Any]) -> bool:
    """Return whether a roll-up cannot hold all figures of some of `customers` (a query of ids)."""
    return any(
        model._default_manager.filter(pk__in=customers, complete=False).exists()
        for model in rollups()
    )


def reconcile(*, using: str = "default") -> int:
    """Compare all figures with freshly computed ones, correct them, and return how many differed.

    Leaves out customers whose changes are yet to be processed: figures of the others only differ
    after a fault. Corrected customers are marked as dirty, so that segments judge them again.
    """
    return sum(_reconcile(model, using) for model in rollups())


def _reconcile(model: type[Rollup], using: str) -> int:
    written = _columns_to_write(model)
    fresh, params = _figures(written, None, using)
    differ = _differ(_names(written.columns, "f"), _names(written.columns, "r"), using)
    query = (
        f"SELECT f.customer_id FROM ({fresh}) AS f"
        f" LEFT JOIN {model._meta.db_table} AS r ON r.customer_id = f.customer_id"
        f" WHERE {differ} AND f.customer_id NOT IN ({DIRTY})"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(query, params)
        ids = [pk for (pk,) in cursor.fetchall()]
    for start in range(0, len(ids), BATCH):
        with transaction.atomic(using=using):
            update(ids[start : start + BATCH], using=using)
            # Segments judged them by the wrong figures.
            DirtyCustomer.objects.using(using).bulk_create(
                DirtyCustomer(customer_id=pk, reason=DirtyReason.EVENT, is_rolled_up=True, at=now())
                for pk in ids[start : start + BATCH]
            )
    return len(ids) + _remove_orphans(model, using)


def _update(chosen: Statement, changed: Collection[Changed] | None, using: str) -> int:
    count = 0
    if changed is not None and not OF_ANY_ROLLUP.isdisjoint(changed):
        changed = None
    with transaction.atomic(using=using):
        end_soon_when_silent(using)
        for model in rollups():
            # An incomplete row may lack any figure: compute all of its figures.
            read = changed if _locked_are_complete(model, chosen, using) else None
            written = _columns_to_write(model, read)
            if written.columns:
                count += _run(_upsert(written, chosen, using), using)
    return count


def _locked_are_complete(model: type[Rollup], chosen: Statement, using: str) -> bool:
    """Lock the rows of the chosen customers, and return whether all are complete.

    With the rows locked, the next statement sees all committed changes: of two concurrent updates
    the later one wins.
    """
    sql, params = chosen
    rows = f"SELECT complete FROM {model._meta.db_table} WHERE customer_id IN ({sql})"
    if connections[using].vendor == "postgresql":
        rows += " ORDER BY customer_id FOR NO KEY UPDATE"
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({rows}) AS own WHERE NOT complete", params)
        return not cursor.fetchone()[0]


@dataclass(frozen=True)
class _Written:
    """The part of a roll-up to write: its columns, and the figures among them."""

    model: type[Rollup]
    figures: list[Derived]
    columns: list[str]


def _columns_to_write(model: type[Rollup], changed: Collection[Changed] | None = None) -> _Written:
    """Return all columns of the roll-up, or only those that depend on `changed`; maybe none."""
    figures = stored_figures(model)
    if changed is None:
        fields = model._meta.concrete_fields
        return _Written(model, figures, [str(f.column) for f in fields if not f.primary_key])
    asked = {*changed, None}
    figures = [one for one in figures if columns_of(one.reads(sources.OF_CUSTOMER)) & asked]
    columns = [one.columns[0] for one in figures]
    return _Written(model, figures, [*columns, "complete"] if columns else [])


def _upsert(written: _Written, chosen: Statement | None, using: str) -> Statement:
    """Return the statement that writes the figures of the chosen (None: all) where they differ."""
    figures, params = _figures(written, chosen, using)
    columns, table = written.columns, written.model._meta.db_table
    values = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    differ = _differ(_names(columns, table), _names(columns, "excluded"), using)
    every = ", ".join(f'"{name}"' for name in ("customer_id", *columns))
    return (
        f"INSERT INTO {table} ({every}) SELECT {every} FROM ({figures}) AS f WHERE true"
        f" ORDER BY customer_id ON CONFLICT (customer_id) DO UPDATE SET {values} WHERE {differ}",
        params,
    )


def _figures(written: _Written, chosen: Statement | None, using: str) -> Statement:
    """Return the query for the figures of the chosen (None: all): one pass over each table."""
    columns = [name for name in written.columns if name != "complete"]
    figures, params = fresh(written.model, columns, chosen, using, total=StorableSum)
    sums = [one.columns[0] for one in written.figures if one.aggregate.may_overflow]
    complete = " AND ".join(f'"{name}" IS NOT NULL' for name in sums) or "(1 = 1)"
    return f"SELECT figures.*, {complete} AS complete FROM ({figures}) AS figures", params


def _names(columns: list[str], alias: str) -> str:
    return ", ".join(f'{alias}."{name}"' for name in columns)


def _differ(left: str, right: str, using: str) -> str:
    sign = "IS DISTINCT FROM" if connections[using].vendor == "postgresql" else "IS NOT"
    return f"({left}) {sign} ({right})"


def _ids(ids: list[int], using: str) -> Statement:
    if connections[using].vendor == "postgresql":
        return "SELECT unnest(%s::bigint[])", (ids,)
    return "SELECT value FROM json_each(%s)", (json.dumps(ids),)


def _remove_orphans(model: type[Rollup], using: str) -> int:
    table = model._meta.db_table
    customer = f"SELECT 1 FROM {CUSTOMERS} AS c WHERE c.id = {table}.customer_id"
    return _run((f"DELETE FROM {table} WHERE NOT EXISTS ({customer})", ()), using)


def _run(sql: Statement, using: str) -> int:
    with connections[using].cursor() as cursor:
        cursor.execute(*sql)
        return max(int(cursor.rowcount), 0)
