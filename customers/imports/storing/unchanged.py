"""Rows that are stored just so: found by one look, and taken out of the staging tables.

A shop's nightly files say again what is stored, but for a few rows. Whatever else an import does
to the rows of a file, it does to those that are left.
"""

from customers.imports.run import Run, Staged
from customers.imports.shop_tables.child_rows import changed_hanging
from customers.imports.shop_tables.pair import Pair
from customers.imports.staging.resolve import Resolved
from customers.imports.storing.upsert import differing

# Columns of lines, and the figures of `import_figures` that they are summed up to.
FIGURE = {"quantity": "quantity", "row_total": "total"}


def leave_unchanged(
    run: Run, pair: Pair, parents: Staged, parent_rows: Resolved, lines: Staged, rows: Resolved
) -> None:
    """Take out the parents that are stored just so, with just the lines that the file has.

    A parent of which anything differs stays, and all its lines with it: they are replaced
    together. The parents have been checked by now; lines that are stored just so need no check.
    `parent_rows` have figures from `import_figures` (`imports.shop_tables.lines`), made here.
    """
    if not run.sql.has_rows(pair.model):
        return
    _compare_lines(run, pair, rows)
    key, changed = pair.key, changed_hanging(run, parents)
    hanging = (
        f" AND NOT EXISTS (SELECT 1 FROM ({' UNION ALL '.join(changed)}) AS c"
        " WHERE c.source_line = r.source_line)"
    )
    stored = f"SELECT {pair.owner_id} AS owner, COUNT(*) AS lines FROM {pair.lines_model}"
    run.sql.make(
        "import_same",
        f'SELECT r.source_line, r."{key}" AS name FROM ({parent_rows.select}) AS r'
        f' JOIN {pair.model} AS t ON t."{key}" = r."{key}"'
        f' LEFT JOIN import_figures AS l ON l.owner_name = r."{key}"'
        f" LEFT JOIN ({stored} GROUP BY {pair.owner_id}) AS k ON k.owner = t.id"
        " WHERE COALESCE(l.all_lines, 0) = COALESCE(k.lines, 0) AND COALESCE(l.are_same, 1) = 1"
        f" AND NOT ({differing(run.sql, parent_rows.compared, 't', 'r')})"
        f"{hanging if changed else ''}",
        key="name",
    )
    run.keep(parents, "e.source_line = s.source_line")
    run.keep(lines, f'e.name = s."{pair.name}"')


def _compare_lines(run: Run, pair: Pair, rows: Resolved) -> None:
    """Make the figures of staged lines by parent: how many in all, and whether all are stored."""
    model = pair.lines_model
    differs, is_top = differing(run.sql, rows.compared, "t", "r"), "1 = 1"
    if pair.nested:
        above = f"(SELECT above.line FROM {model} AS above WHERE above.id = t.parent_id)"
        differs += (
            " OR CASE WHEN t.parent_id IS NULL THEN r.parent_line IS NOT NULL"
            f" ELSE {run.sql.distinct(above, 'r.parent_line')} END"
        )
        is_top = "r.parent_line IS NULL"
    summed = FIGURE if pair.figures else {}
    values = "".join(f", CASE WHEN {is_top} THEN r.{column} END AS {column}" for column in summed)
    sums = "".join(f", {run.sql.bounded_sum(column)} AS {FIGURE[column]}" for column in summed)
    # Columns that are only compared are not carried along to the grouping.
    compared = run.sql.apart(
        f"SELECT r.owner_name, CASE WHEN {is_top} THEN 1 END AS top,"
        f" CASE WHEN t.id IS NULL OR {differs} THEN 0 ELSE 1 END AS is_same{values}"
        f" FROM ({rows.select}) AS r"
        f" LEFT JOIN {model} AS t ON t.{pair.owner_id} = r.{pair.owner_id} AND t.line = r.line"
    )
    run.sql.make(
        "import_figures",
        "SELECT owner_name, COUNT(*) AS all_lines, MIN(is_same) AS are_same, COUNT(top) AS lines"
        f"{sums} FROM {compared} AS compared GROUP BY owner_name",
        key="owner_name",
    )
