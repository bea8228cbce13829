"""Log-ins and product views: identical rows of one import are as many events."""

from customers.imports.run import Run
from customers.imports.shop_tables.products import create_missing_products
from customers.imports.staging.keys_and_references import refuse_unknown
from customers.imports.staging.resolve import resolve
from customers.imports.storing.upsert import upsert
from customers.imports.tables import Table


def import_events(run: Run, table: Table) -> None:
    """Import a file of events: the key is all columns and the how-manieth of its kind."""
    staged = run.read(table)
    if not staged:
        return
    refuse_unknown(run, staged, ("customer",))
    if "sku" in table.columns:
        create_missing_products(run, staged)
    rows = resolve(staged)
    # By ids and moments, which are faster to sort than names.
    kind = ", ".join(rows.columns.values())
    rows.columns["occurrence"] = f"ROW_NUMBER() OVER (PARTITION BY {kind} ORDER BY s.source_line)"
    counts = upsert(
        run.sql,
        str(table.model._meta.db_table),
        key=list(rows.columns),
        resolved=rows.select,
        columns=list(rows.columns),
        updatable=[],
    )
    run.finish(staged, *counts)
    staged.stage.drop()
