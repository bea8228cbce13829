"""Check staged rows in the database: duplicate keys and unknown references."""

from collections.abc import Sequence

from customers.imports.run import Run, Staged
from customers.imports.staging.refusals import ERASED
from customers.imports.staging.staging_tables import staged_name
from customers.imports.tables import CARTS, CATEGORIES, CUSTOMERS, ORDERS, PRODUCTS, REFUNDS, Table

# The files that references name, and the database column that the reference holds.
REFERRED = {
    table.name: (str(table.model._meta.db_table), str(table.field_of(table.key[0]).column))
    for table in (CUSTOMERS, ORDERS, REFUNDS, CARTS, CATEGORIES, PRODUCTS)
}


def row_key(table: Table) -> str:
    """Return the SQL of the key by which other files name a staged row; NULL for none."""
    return f's."{staged_name(table, table.key[0])}"' if len(table.key) == 1 else "NULL"


def refuse_duplicates(
    run: Run, staged: Staged, key_of: Sequence[str] = (), among: str = "1 = 1"
) -> None:
    """Refuse every row but the first of those with the same key.

    The key is the file's key, or the columns `key_of`; only rows `s` for which `among` holds count.
    """
    table = staged.table
    columns = key_of or table.key
    key = [f's."{staged_name(table, column)}"' for column in columns]
    rows = f"{staged.stage.name} AS s WHERE {among}"
    groups = f"SELECT 1 FROM {rows} GROUP BY {', '.join(key)} HAVING COUNT(*) > 1 LIMIT 1"
    if not run.sql.rows(groups):
        return
    # Ids of small files stand in the staging table: the code is not at hand, so it is left out.
    shown = " || ' / ' || ".join(
        one for one, column in zip(key, columns, strict=True) if column not in table.codes
    )
    found = run.refusals.add_selected(
        table,
        " / ".join(columns),
        "duplicate",
        "SELECT source_line, NULL, NULL, shown FROM ("
        f"SELECT s.source_line, {shown} AS shown, ROW_NUMBER() OVER"
        f" (PARTITION BY {', '.join(key)} ORDER BY s.source_line) AS nth FROM {rows}"
        ") AS numbered WHERE nth > 1",
    )
    if found:
        run.remove_refused(staged)


def refuse_unknown(run: Run, staged: Staged, columns: tuple[str, ...]) -> None:
    """Refuse the rows that name, in one of `columns`, something that is not stored."""
    found = 0
    for column in columns:
        if not staged.has(column):
            continue
        file = staged.table.references[column]
        target, key = REFERRED[file]
        name = f's."{staged_name(staged.table, column)}"'
        found += run.refusals.add_selected(
            staged.table,
            column,
            "unknown",
            f"SELECT s.source_line, {row_key(staged.table)}, {follows(run, file, name)}, {name} "
            f"FROM {staged.stage.name} AS s LEFT JOIN {target} AS t ON t.{key} = {name} "
            f"WHERE {name} IS NOT NULL AND t.id IS NULL",
        )
    if found:
        run.remove_refused(staged)


def follows(run: Run, file: str, name: str) -> str:
    """Return the SQL of the code 'follows' where the row called `name` was refused, else null.

    Where all refusals of that row are erasures, the code is `ERASED`: rows that refer to an erased
    customer are left out like the customer.
    """
    if file in run.broken:
        return "'follows'"
    return (
        f"(SELECT CASE WHEN MIN(f.code) = '{ERASED}' AND MAX(f.code) = '{ERASED}'"
        f" THEN '{ERASED}' ELSE 'follows' END FROM import_refused AS f"
        f" WHERE f.file = '{file}' AND f.row_key = {name} GROUP BY f.row_key)"
    )


def was_refused(file: str, name: str) -> str:
    """Return the test that this import refused the row of `file` that is called `name`."""
    return (
        f"EXISTS (SELECT 1 FROM import_refused AS f WHERE f.file = '{file}' AND f.row_key = {name})"
    )
