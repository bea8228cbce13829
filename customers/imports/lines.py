"""Orders, refunds and carts: written together with their lines, all of which are replaced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from customers.imports.cells import LARGEST_UNITS
from customers.imports.checks import follows, refuse_duplicates, refuse_unknown, was_refused
from customers.imports.hanging import upsert_with_hanging
from customers.imports.products import create_missing_products
from customers.imports.resolve import Resolved, resolve
from customers.imports.run import KEY_SEPARATOR, Run, Staged
from customers.imports.sql import base_amount
from customers.imports.staging import staged_name
from customers.imports.tables import Table
from customers.imports.upsert import insert, update


@dataclass(frozen=True)
class Rate:
    """The rate into the base currency of a staged line `s`: SQL, and the joins that it needs."""

    value: str
    joins: str


@dataclass(frozen=True)
class Pair:
    """A file whose rows have lines in another file."""

    parents: Table
    lines: Table
    # The column of `lines` that names the parent.
    owner: str
    # Columns of the parent that come from its top-level lines: lines, quantity or total.
    figures: Mapping[str, str]
    # Money of a line, in the currency of its parent.
    amounts: tuple[str, ...]
    rate: Callable[[Staged | None], Rate | None]
    # Checks the parents and says how they are stored.
    resolve_parents: Callable[[Run, Staged], Resolved]

    @property
    def model(self) -> str:
        """The parents' table."""
        return str(self.parents.model._meta.db_table)

    @property
    def key(self) -> str:
        """The column of the parents' table by which lines name them."""
        return str(self.parents.field_of(self.parents.key[0]).column)

    @property
    def name(self) -> str:
        """The staged name of a line's parent."""
        return staged_name(self.lines, self.owner)

    @property
    def owner_id(self) -> str:
        """The column of the lines' table that holds the parent's id."""
        return str(self.lines.field_of(self.owner).column)

    @property
    def nested(self) -> bool:
        """Whether a line may be part of another."""
        return "parent_line" in self.lines.columns


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
        rows = _resolve_lines(run, pair, lines, parents)
        _check_lines(run, pair, lines, parents, rows)
    _make_figures(run, pair, parents, lines, rows)
    if lines:
        _refuse_heavy(run, pair, lines, parents)
        create_missing_products(run, lines)
        _note_stored(run, pair, parents, lines)
    if parents and parent_rows:
        _add_figures(pair, parents, lines, parent_rows)
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
        expressions[amount] = base_amount(f"s.{amount}", rate.value) if rate else f"s.{amount}"
    if "price" in pair.lines.columns:
        total = run.sql.line_total("s.quantity", "s.price", rate.value if rate else "10000")
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


def _check_lines(
    run: Run, pair: Pair, lines: Staged, parents: Staged | None, rows: Resolved
) -> None:
    refuse_duplicates(run, lines)
    _refuse_without_parent(run, pair, lines, parents)
    _refuse_beyond(run, pair, lines, rows)
    if pair.nested and lines.has("parent_line"):
        _refuse_below_nothing(run, pair, lines)
        _refuse_cycles(run, pair, lines)


def _refuse_beyond(run: Run, pair: Pair, lines: Staged, rows: Resolved) -> None:
    """Refuse the lines of which an amount is beyond the limit in the base currency."""
    found = 0
    # Only a rate below 1 or a product of two cells can lead beyond what a cell may hold.
    computed = {"row_total"} if "price" in pair.lines.columns else set()
    for amount in sorted(computed.union(pair.amounts)):
        if lines.has(amount) or amount in computed:
            found += run.refusals.add_selected(
                pair.lines,
                amount,
                "base_beyond",
                f"SELECT r.source_line, r.owner_name || '{KEY_SEPARATOR}' || r.line, NULL,"
                " r.owner_name"
                f" FROM ({rows.select}) AS r WHERE ABS(r.{amount}) > {LARGEST_UNITS}",
            )
    if found:
        run.remove_refused(lines)


def _refuse_without_parent(run: Run, pair: Pair, lines: Staged, parents: Staged | None) -> None:
    """Refuse lines of unknown parents, and those of a parent whose new row was refused."""
    name, file = f's."{pair.name}"', pair.parents.name
    if not parents:
        refuse_unknown(run, lines, (pair.owner,))
        return
    found = run.refusals.add_selected(
        pair.lines,
        pair.owner,
        "unknown",
        f"SELECT s.source_line, NULL, {follows(run, file, name)}, {name}"
        f" FROM {lines.stage.name} AS s LEFT JOIN {parents.stage.name} AS staged"
        f' ON staged."{pair.key}" = {name}'
        f" LEFT JOIN {pair.model} AS stored ON stored.{pair.key} = {name}"
        " WHERE staged.source_line IS NULL"
        f" AND (stored.id IS NULL OR {was_refused(file, name)})",
    )
    if found:
        run.remove_refused(lines)


def _refuse_below_nothing(run: Run, pair: Pair, lines: Staged) -> None:
    """Refuse the lines whose parent line is not there, and with them all that hang on those."""
    stage, owner = lines.stage.name, pair.name
    parent = f"s.\"{owner}\" || '{KEY_SEPARATOR}' || s.ref_parent_line"
    found = run.refusals.add_selected(
        pair.lines,
        "parent_line",
        "no_parent_line",
        "WITH RECURSIVE below (source_line, owner, line, parent_line, code) AS ("
        f'SELECT s.source_line, s."{owner}", s.line, s.ref_parent_line,'
        f" {follows(run, pair.lines.name, parent)} FROM {stage} AS s"
        f' LEFT JOIN {stage} AS parent ON parent."{owner}" = s."{owner}"'
        " AND parent.line = s.ref_parent_line"
        " WHERE s.ref_parent_line IS NOT NULL AND parent.source_line IS NULL"
        f" UNION SELECT s.source_line, s.\"{owner}\", s.line, s.ref_parent_line, 'follows'"
        f' FROM below JOIN {stage} AS s ON s."{owner}" = below.owner'
        " AND s.ref_parent_line = below.line)"
        " SELECT source_line, NULL, code, parent_line FROM below",
    )
    if found:
        run.remove_refused(lines)


def _refuse_cycles(run: Run, pair: Pair, lines: Staged) -> None:
    """Refuse the lines from which `parent_line` does not lead up to a top-level line."""
    stage, owner = lines.stage.name, pair.name
    child = f'JOIN {stage} AS s ON s."{owner}" = up.owner AND s.ref_parent_line = up.line'
    tops = (
        f'SELECT DISTINCT top."{owner}", top.line FROM {stage} AS s JOIN {stage} AS top'
        f' ON top."{owner}" = s."{owner}" AND top.line = s.ref_parent_line'
        " WHERE s.ref_parent_line IS NOT NULL AND top.ref_parent_line IS NULL"
    )
    found = run.refusals.add_selected(
        pair.lines,
        "parent_line",
        "line_cycle",
        f"WITH RECURSIVE up (owner, line) AS ({tops}"
        f' UNION SELECT s."{owner}", s.line FROM up {child}) '
        f"SELECT s.source_line, NULL, NULL, s.ref_parent_line FROM {stage} AS s"
        f' LEFT JOIN up ON up.owner = s."{owner}" AND up.line = s.line'
        " WHERE s.ref_parent_line IS NOT NULL AND up.line IS NULL",
    )
    if found:
        run.remove_refused(lines)


def _note_stored(run: Run, pair: Pair, parents: Staged | None, lines: Staged) -> None:
    """Note the stored parents whose lines are replaced: those in either of the two files."""
    names = f'SELECT "{pair.name}" FROM {lines.stage.name}'
    if parents:
        names += f' UNION SELECT "{pair.key}" FROM {parents.stage.name}'
    run.sql.run("DROP TABLE IF EXISTS import_stored")
    run.sql.run(
        "CREATE TEMPORARY TABLE import_stored AS"
        f" SELECT id, {pair.key} AS name FROM {pair.model} WHERE {pair.key} IN ({names})"
    )
    run.sql.analyze(["import_stored"])


def _make_figures(
    run: Run, pair: Pair, parents: Staged | None, lines: Staged | None, rows: Resolved | None
) -> None:
    """Compute what the top-level lines say of their parents: the new lines or, without, the old."""
    if not pair.figures:
        return
    run.sql.run("DROP TABLE IF EXISTS import_figures")
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
    run.sql.run(
        "CREATE TEMPORARY TABLE import_figures AS SELECT owner_name, COUNT(*) AS lines,"
        f" {run.sql.bounded_sum('quantity')} AS quantity,"
        f" {run.sql.bounded_sum('row_total')} AS total"
        f" FROM ({top}) AS top_level GROUP BY owner_name"
    )
    run.sql.analyze(["import_figures"])
    if not run.sql.on_postgresql:
        run.sql.run("CREATE INDEX temp.import_figures_name ON import_figures (owner_name)")


def _refuse_heavy(run: Run, pair: Pair, lines: Staged, parents: Staged | None) -> None:
    """Refuse the parents whose lines are, all together, beyond what a figure may hold."""
    if not pair.figures:
        return
    heavy = (
        "SELECT owner_name FROM import_figures"
        f" WHERE ABS(quantity) > {LARGEST_UNITS} OR ABS(total) > {LARGEST_UNITS}"
    )
    if not run.sql.rows(f"{heavy} LIMIT 1"):
        return
    if parents:
        run.refusals.add_selected(
            pair.parents,
            "",
            "lines_beyond",
            f"SELECT s.source_line, s.{pair.key}, NULL, s.{pair.key}"
            f" FROM {parents.stage.name} AS s WHERE s.{pair.key} IN ({heavy})",
        )
        run.remove_refused(parents)
        _refuse_without_parent(run, pair, lines, parents)
    name = f's."{pair.name}"'
    run.refusals.add_selected(
        pair.lines,
        pair.owner,
        "lines_beyond",
        f"SELECT s.source_line, NULL, NULL, {name} FROM {lines.stage.name} AS s"
        f" WHERE {name} IN ({heavy})",
    )
    run.remove_refused(lines)
    run.sql.run(f"DELETE FROM import_figures WHERE owner_name IN ({heavy})")


def _add_figures(pair: Pair, parents: Staged, lines: Staged | None, rows: Resolved) -> None:
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
    created = insert(run.sql, model, key, select, list(rows.columns), rows.updatable)
    run.finish(lines, created, updated)
    if pair.nested:
        _set_parents(run, pair, lines, model)


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
        )
    run.sql.run(
        f"UPDATE {pair.model} AS p SET {values} FROM import_figures AS f"
        f" WHERE p.{pair.key} = f.owner_name {elsewhere} AND ({changed})"
    )
