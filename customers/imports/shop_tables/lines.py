"""Orders, refunds and carts: written together with their lines, all of which are replaced."""

from dataclasses import replace

from core.database.fields import RATE_UNITS_PER_ONE
from customers.imports.run import Run, Staged
from customers.imports.shop_tables.child_rows import upsert_with_hanging
from customers.imports.shop_tables.line_refusals import check_lines, refuse_heavy
from customers.imports.shop_tables.pair import Pair
from customers.imports.shop_tables.products import create_missing_products
from customers.imports.staging.keys_and_references import refuse_duplicates
from customers.imports.staging.resolve import Resolved, resolve
from customers.imports.storing.stale_rows import drop_stale_rows
from customers.imports.storing.unchanged import leave_unchanged
from customers.imports.storing.upsert import insert, update


def import_with_lines(run: Run, pair: Pair) -> None:
    """Import the parents' file and their lines' file, each where it is there."""
    parents = run.read(pair.parents)
    parent_rows = None
    if parents:
        refuse_duplicates(run, parents)
        parent_rows = pair.resolve_parents(run, parents)
    lines = run.read(pair.lines)
    rows = None
    if lines:
        refuse_duplicates(run, lines)
        rows = _resolve_lines(run, pair, lines, parents)
    if parents and parent_rows:
        drop_stale_rows(run, parents, parent_rows)
        if lines and parents.report.older:
            lines.report.older = run.keep(lines, f'e.name = s."{pair.name}"')
        _add_figures(pair, lines, parent_rows)
    if parents and parent_rows and lines and rows:
        leave_unchanged(run, pair, parents, parent_rows, lines, rows)
    if lines and rows:
        check_lines(run, pair, lines, parents, rows)
    _make_figures(run, pair, parents, rows)
    if lines:
        refuse_heavy(run, pair, lines, parents)
        create_missing_products(run, lines)
        _note_stored(run, pair, parents, lines)
    if parents and parent_rows:
        run.finish(parents, *upsert_with_hanging(run, parents, parent_rows))
    if lines and rows:
        _replace_lines(run, pair, lines, rows)
        _update_other_parents(run, pair, parents)
        lines.stage.drop()
    if parents:
        parents.stage.drop()


def _resolve_lines(run: Run, pair: Pair, lines: Staged, parents: Staged | None) -> Resolved:
    rate = pair.rate(parents)
    expressions = {
        "product_id": "product.id",
        "name": "CASE WHEN s.name = '' THEN product.name ELSE s.name END",
        "name_folded": "CASE WHEN s.name = '' THEN product.name_folded ELSE s.name_folded END",
        "product_type": (
            "CASE WHEN s.product_type = '' THEN product.product_type ELSE s.product_type END"
        ),
    }
    for amount in pair.amounts:
        given = f"s.{amount}"
        expressions[amount] = run.sql.base_amount(given, rate.value) if rate else given
    if "price" in pair.lines.columns:
        divided_by = rate.value if rate else str(RATE_UNITS_PER_ONE)
        total = run.sql.line_total("s.quantity", "s.price", divided_by)
        given = expressions.get("row_total", "s.row_total")
        expressions["row_total"] = f"COALESCE({given}, {total})"
    if "added_at" in pair.lines.columns:
        expressions["updated_at"] = "COALESCE(s.updated_at, s.added_at)"
    rows = resolve(
        lines,
        expressions,
        "LEFT JOIN customers_product AS product ON product.sku = s.sku "
        + (rate.joins if rate else ""),
    )
    rows.also["owner_name"] = f's."{pair.name}"'
    if pair.nested:
        rows.also["parent_line"] = "s.ref_parent_line"
    # Lines are replaced: what a file leaves out becomes its default, not what was stored.
    rows.updatable = [column for column in rows.columns if column not in (pair.owner_id, "line")]
    return rows


def _note_stored(run: Run, pair: Pair, parents: Staged | None, lines: Staged) -> None:
    """Note the stored parents whose lines are replaced: those in either of the two files.

    Of parents in their own file (`is_given`) that file says the figures.
    """
    names = f'SELECT "{pair.name}" AS name, 0 AS is_given FROM {lines.stage.name}'
    if parents:
        names += f' UNION ALL SELECT "{pair.key}", 1 FROM {parents.stage.name}'
    run.sql.make(
        "import_stored",
        "SELECT p.id, n.name, n.is_given"
        f" FROM (SELECT name, MAX(is_given) AS is_given FROM ({names}) AS named GROUP BY name) AS n"
        f" JOIN {pair.model} AS p ON p.{pair.key} = n.name",
        key="name, id",
    )


def _make_figures(run: Run, pair: Pair, parents: Staged | None, rows: Resolved | None) -> None:
    """Compute the parents' figures from the top-level lines: the new lines or, without, the old."""
    if not pair.figures:
        return
    if rows:
        top = f"SELECT * FROM ({rows.select}) AS r WHERE r.parent_line IS NULL"
    elif parents:
        top = (
            f"SELECT p.{pair.key} AS owner_name, i.quantity, i.row_total FROM {pair.model} AS p"
            f" JOIN {parents.stage.name} AS s ON s.{pair.key} = p.{pair.key}"
            f" JOIN {pair.lines.model._meta.db_table} AS i ON i.{pair.owner_id} = p.id"
            " WHERE i.parent_id IS NULL"
        )
    else:
        return
    run.sql.make(
        "import_figures",
        "SELECT owner_name, COUNT(*) AS lines,"
        f" {run.sql.bounded_sum('quantity')} AS quantity,"
        f" {run.sql.bounded_sum('row_total')} AS total"
        f" FROM ({top}) AS top_level GROUP BY owner_name",
        key="owner_name",
    )


def _add_figures(pair: Pair, lines: Staged | None, rows: Resolved) -> None:
    """Fill the parents' figures that the file leaves open from their lines."""
    if not pair.figures:
        return
    rows.source += f" LEFT JOIN import_figures AS f ON f.owner_name = s.{pair.key}"
    for column, figure in pair.figures.items():
        derived = f"COALESCE(f.{figure}, 0)"
        given = rows.columns.get(column)
        rows.columns[column] = f"COALESCE({given}, {derived})" if given else derived
        if lines and column not in rows.updatable:
            rows.updatable.append(column)


def _replace_lines(run: Run, pair: Pair, lines: Staged, rows: Resolved) -> None:
    model = str(pair.lines.model._meta.db_table)
    stage = lines.stage.name
    match = f'ON s."{pair.name}" = k.name AND s.line = i.line'
    stored = run.sql.number("SELECT COUNT(*) FROM import_stored")
    run.sql.run(
        f"DELETE FROM {model} WHERE id IN (SELECT i.id FROM {model} AS i"
        f" JOIN import_stored AS k ON k.id = i.{pair.owner_id}"
        f" LEFT JOIN {stage} AS s {match} WHERE s.source_line IS NULL)"
    )
    moved = []
    if pair.nested and stored:
        moved = [
            f"SELECT s.source_line FROM {model} AS i"
            f" JOIN import_stored AS k ON k.id = i.{pair.owner_id} JOIN {stage} AS s {match}"
            f" LEFT JOIN {model} AS parent ON parent.id = i.parent_id"
            f" WHERE {run.sql.distinct('parent.line', 's.ref_parent_line')}"
        ]
    key = (pair.owner_id, "line")
    select = rows.select
    updated = update(run.sql, model, key, select, rows.updatable, moved)
    if moved:
        _forget_parents(run, pair, lines, model)
    created = _insert_lines(run, pair, lines, rows)
    run.finish(lines, created, updated)
    if moved:
        _set_parents(run, pair, lines, model)


def _insert_lines(run: Run, pair: Pair, lines: Staged, rows: Resolved) -> int:
    """Insert the lines that are not stored yet, each after its parent line; return their number.

    Inserting all lines first and updating their parents would leave old row versions behind, and
    older transactions could then not use an index that is created in the same transaction.
    """
    model, key = str(pair.lines.model._meta.db_table), (pair.owner_id, "line")
    is_flat = not (pair.nested and lines.has("parent_line"))
    if is_flat or model in run.sql.counted_only:
        return insert(run.sql, model, key, rows.select, list(rows.columns), rows.updatable)
    top = replace(rows, source=f"{rows.source} WHERE s.ref_parent_line IS NULL")
    above = (
        f"JOIN {model} AS above ON above.{pair.owner_id} = {rows.columns[pair.owner_id]}"
        " AND above.line = s.ref_parent_line"
    )
    below = replace(
        rows,
        columns={**rows.columns, "parent_id": "above.id"},
        updatable=[*rows.updatable, "parent_id"],
        source=f"{rows.source} {above}",
    )
    created = insert(run.sql, model, key, top.select, list(top.columns), top.updatable)
    # Lines that may be missing yet: nearly always all of them are directly below a top-level line.
    left = run.sql.number(
        f"SELECT COUNT(*) FROM {lines.stage.name} AS s WHERE s.ref_parent_line IS NOT NULL"
    )
    columns = list(below.columns)
    while left and (deeper := insert(run.sql, model, key, below.select, columns, below.updatable)):
        created += deeper
        left -= deeper
    return created


def _forget_parents(run: Run, pair: Pair, lines: Staged, model: str) -> None:
    """Make lines top-level that were part of another before."""
    run.sql.run(
        f"UPDATE {model} AS i SET parent_id = NULL FROM import_stored AS k"
        f' JOIN {lines.stage.name} AS s ON s."{pair.name}" = k.name'
        f" WHERE i.{pair.owner_id} = k.id AND i.line = s.line"
        " AND s.ref_parent_line IS NULL AND i.parent_id IS NOT NULL"
    )


def _set_parents(run: Run, pair: Pair, lines: Staged, model: str) -> None:
    """Tie lines to the lines that they are part of, which are stored by now."""
    owner = f'JOIN {pair.model} AS p ON p.{pair.key} = s."{pair.name}"'
    of_line = f"i.{pair.owner_id} = p.id AND i.line = s.line"
    run.sql.run(
        f"UPDATE {model} AS i SET parent_id = parent.id FROM {lines.stage.name} AS s {owner}"
        f" JOIN {model} AS parent ON parent.{pair.owner_id} = p.id"
        f" AND parent.line = s.ref_parent_line WHERE s.ref_parent_line IS NOT NULL AND {of_line}"
        f" AND {run.sql.distinct('i.parent_id', 'parent.id')}"
    )


def _update_other_parents(run: Run, pair: Pair, parents: Staged | None) -> None:
    """Bring the figures of parents up to date whose lines alone are in this import."""
    if not pair.figures:
        return
    values = ", ".join(f"{column} = f.{figure}" for column, figure in pair.figures.items())
    changed = " OR ".join(
        run.sql.distinct(f"p.{column}", f"f.{figure}") for column, figure in pair.figures.items()
    )
    elsewhere = ""
    if parents:
        elsewhere = (
            f"AND NOT EXISTS (SELECT 1 FROM {parents.stage.name} AS s"
            f" WHERE s.{pair.key} = f.owner_name)"
            # Parents that are stored just so have left the staging table.
            " AND NOT EXISTS (SELECT 1 FROM import_stored AS k"
            " WHERE k.name = f.owner_name AND k.is_given = 1)"
        )
    run.sql.run(
        f"UPDATE {pair.model} AS p SET {values} FROM import_figures AS f"
        f" WHERE p.{pair.key} = f.owner_name {elsewhere} AND ({changed})"
    )
