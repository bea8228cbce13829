"""Refusals of lines of orders, refunds and carts, and of the parents refused with them."""

from customers.imports.run import KEY_SEPARATOR, Run, Staged
from customers.imports.shop_tables.pair import Pair
from customers.imports.staging.cells import LARGEST_UNITS
from customers.imports.staging.keys_and_references import follows, refuse_unknown, was_refused
from customers.imports.staging.resolve import Resolved


def check_lines(
    run: Run, pair: Pair, lines: Staged, parents: Staged | None, rows: Resolved
) -> None:
    """Refuse lines that cannot be stored, and the lines below them; no line may stand twice."""
    _refuse_without_parent(run, pair, lines, parents)
    _refuse_beyond(run, pair, lines, rows)
    if pair.nested and lines.has("parent_line") and not _are_below_tops(run, pair, lines):
        _refuse_below_nothing(run, pair, lines)
        _refuse_cycles(run, pair, lines)


def refuse_heavy(run: Run, pair: Pair, lines: Staged, parents: Staged | None) -> None:
    """Refuse parents whose lines add up to more than a figure may hold, and these lines."""
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


def _refuse_beyond(run: Run, pair: Pair, lines: Staged, rows: Resolved) -> None:
    """Refuse the lines of which an amount is beyond the limit in the base currency."""
    found = 0
    # Only a rate below 1 or a product of two cells can exceed the limit of a cell.
    computed = {"row_total"} if "price" in pair.lines.columns else set()
    amounts = [
        amount
        for amount in sorted(computed.union(pair.amounts))
        if lines.has(amount) or amount in computed
    ]
    beyond = {amount: f"ABS(r.{amount}) > {LARGEST_UNITS}" for amount in amounts}
    # One query over all amounts usually finds no line.
    any_beyond = " OR ".join(beyond.values()) or "1 = 0"
    if run.sql.finds(f"SELECT 1 FROM ({rows.select}) AS r WHERE {any_beyond}"):
        for amount in amounts:
            found += run.refusals.add_selected(
                pair.lines,
                amount,
                "base_beyond",
                f"SELECT r.source_line, r.owner_name || '{KEY_SEPARATOR}' || r.line, NULL,"
                " r.owner_name"
                f" FROM ({rows.select}) AS r WHERE {beyond[amount]}",
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


def _are_below_tops(run: Run, pair: Pair, lines: Staged) -> bool:
    """Return whether each line that is part of another is part of a top-level one, as most are."""
    stage, owner = lines.stage.name, pair.name
    return not run.sql.finds(
        f'SELECT 1 FROM {stage} AS s LEFT JOIN {stage} AS parent ON parent."{owner}" = s."{owner}"'
        " AND parent.line = s.ref_parent_line WHERE s.ref_parent_line IS NOT NULL"
        " AND (parent.source_line IS NULL OR parent.ref_parent_line IS NOT NULL)"
    )


def _refuse_below_nothing(run: Run, pair: Pair, lines: Staged) -> None:
    """Refuse the lines whose parent line is missing, and all lines below them."""
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
