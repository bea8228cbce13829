"""Files whose rows need nothing but ids for the names in them."""

from collections.abc import Callable
from functools import partial

from customers.imports.run import Run, Staged
from customers.imports.shop_tables.child_rows import upsert_with_hanging
from customers.imports.staging.keys_and_references import refuse_duplicates, refuse_unknown
from customers.imports.staging.resolve import resolve
from customers.imports.storing.stale_rows import date_statements, drop_stale_rows, is_older
from customers.imports.storing.upsert import upsert
from customers.imports.tables import Table


def import_rows(
    run: Run, table: Table, *, check: Callable[[Run, Staged], None] | None = None
) -> None:
    """Import the file of `table`; `check` refuses what only the whole file shows."""
    staged = run.read(table)
    if not staged:
        return
    date_statements(run, staged)
    refuse_duplicates(run, staged)
    refuse_unknown(run, staged, tuple(table.references))
    if check is not None:
        check(run, staged)
    rows = resolve(staged)
    drop_stale_rows(run, staged, rows)
    if len(table.key) == 1 and table.key[0] not in table.references:
        counts = upsert_with_hanging(run, staged, rows)
    else:
        counts = upsert(
            run.sql,
            str(table.model._meta.db_table),
            key=[str(table.field_of(column).column) for column in table.key],
            resolved=rows.select,
            columns=list(rows.columns),
            updatable=rows.updatable,
            unless=partial(is_older, run.sql, table) if table.dated else None,
        )
    run.finish(staged, *counts)
    staged.stage.drop()
