"""The tree of categories: small enough to be looked at in Python."""

from customers.imports.run import Run, Staged
from customers.imports.staging.keys_and_references import refuse_duplicates
from customers.imports.staging.resolve import resolve
from customers.imports.storing.upsert import upsert
from customers.imports.tables import CATEGORIES


def import_categories(run: Run) -> None:
    """Import `categories.csv`, in which a parent may stand after its children."""
    staged = run.read(CATEGORIES)
    if not staged:
        return
    refuse_duplicates(run, staged)
    stage = staged.stage.name
    if staged.has("parent"):
        _refuse_bad_parents(run, staged)
    moved = 0
    rows = resolve(staged)
    del rows.columns["parent_id"]
    rows.updatable = [column for column in rows.updatable if column != "parent_id"]
    if staged.has("parent"):
        old = "LEFT JOIN customers_category AS p ON p.id = t.parent_id"
        differs = run.sql.distinct("p.code", "s.ref_parent")
        renamed = run.sql.distinct("t.name", "s.name")
        # A category that moves without another change counts as updated, too.
        moved = run.sql.number(
            f"SELECT COUNT(*) FROM {stage} AS s JOIN customers_category AS t ON t.code = s.code"
            f" {old} WHERE {differs} AND NOT {renamed}"
        )
    created, updated = upsert(
        run.sql,
        "customers_category",
        key=["code"],
        resolved=rows.select,
        columns=list(rows.columns),
        updatable=rows.updatable,
    )
    if staged.has("parent"):
        run.sql.run(
            f"UPDATE customers_category AS t SET parent_id = p.id FROM {stage} AS s"
            " LEFT JOIN customers_category AS p ON p.code = s.ref_parent"
            f" WHERE t.code = s.code AND {run.sql.distinct('t.parent_id', 'p.id')}"
        )
    run.finish(staged, created, updated + moved)
    staged.stage.drop()


def _refuse_bad_parents(run: Run, staged: Staged) -> None:
    """Refuse categories whose way up does not end at the top."""
    rows = run.sql.rows(f"SELECT source_line, code, ref_parent FROM {staged.stage.name}")
    parents: dict[str, str | None] = dict(
        run.sql.rows(
            "SELECT c.code, p.code FROM customers_category AS c"
            " LEFT JOIN customers_category AS p ON p.id = c.parent_id"
        )
    )
    parents.update({code: parent for _line, code, parent in rows})
    refused = run.refusals.keys[CATEGORIES.name]
    found = False
    for line, code, parent in sorted(rows):
        fault = _fault(code, parents, refused)
        if fault:
            run.refusals.add(CATEGORIES, line, "parent", fault, parent or "", code)
            found = True
    if found:
        run.refusals.flush()
        run.remove_refused(staged)
        bad = run.sql.rows("SELECT row_key FROM import_refused WHERE file = 'categories'")
        refused |= {key for (key,) in bad if key}


def _fault(code: str, parents: dict[str, str | None], refused: set[str]) -> str | None:
    """Return the code of the problem with the category's parent; None where there is none."""
    seen: list[str] = []
    at: str | None = code
    while at is not None and at not in seen:
        seen.append(at)
        if at not in parents:
            # Only the row that names an unknown parent is at fault, not those below it.
            if len(seen) == 2 and at not in refused:
                return "unknown"
            return "follows"
        at = parents[at]
    if at is None:
        return None
    return "category_cycle" if at == code else "follows"
