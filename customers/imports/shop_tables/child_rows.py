"""Child rows of imported rows: elements of lists, and values of custom attributes."""

from collections.abc import Callable

from customers.imports.run import Run, Staged
from customers.imports.staging.resolve import Resolved
from customers.imports.staging.staging_tables import StoredAttribute
from customers.imports.storing.upsert import differing, on_conflict, upsert
from customers.imports.tables import Elements
from customers.models import AttributeType


def upsert_with_hanging(
    run: Run,
    staged: Staged,
    resolved: Resolved,
    *,
    before_writing: Callable[[], None] | None = None,
) -> tuple[int, int]:
    """Write rows with their lists and attributes; return how many were created and updated.

    `before_writing` is called when the rows that are stored just so have left the staging tables,
    unless nothing was stored before.

    A row of which only a tag or an attribute changes counts as updated. Rows that are stored just
    so are not in the staging tables any more afterwards.
    """
    key, target, stored, owner = _places(staged)
    changes = changed_hanging(run, staged)
    if run.sql.has_rows(target):
        _leave_unchanged(run, staged, resolved, changes)
        if before_writing is not None:
            before_writing()
    counts = upsert(
        run.sql,
        target,
        key=[key],
        resolved=resolved.select,
        columns=list(resolved.columns),
        updatable=resolved.updatable,
        changed_elsewhere=changes,
    )
    for column, kind in staged.plan.lists.values():
        _write_elements(run, staged, column, kind, stored, owner)
    for definition in staged.plan.attributes:
        _write_values(run, staged, definition, stored, owner)
    return counts


def changed_hanging(run: Run, staged: Staged) -> list[str]:
    """Return queries of the source_line of stored rows of which something that hangs on changes."""
    _key, _target, stored, owner = _places(staged)
    changes = []
    for column, kind in staged.plan.lists.values():
        changes += _changed_elements(staged, column, kind, stored, owner)
    for definition in staged.plan.attributes:
        changes.append(_changed_values(run, staged, definition, stored, owner))
    return changes


def _places(staged: Staged) -> tuple[str, str, str, str]:
    """Return key and table of the rows, the join of staged with stored ones, and their column."""
    table = staged.table
    key = str(table.field_of(table.key[0]).column)
    target = str(table.model._meta.db_table)
    stored = f'{staged.stage.name} AS s JOIN {target} AS t ON t."{key}" = s."{key}"'
    return key, target, stored, f"{table.model._meta.model_name}_id"


def _leave_unchanged(run: Run, staged: Staged, resolved: Resolved, changes: list[str]) -> None:
    """Take the rows out of the staging table that are stored just so."""
    key, target, _stored, _owner = _places(staged)
    run.sql.make(
        "import_same",
        f"SELECT r.source_line FROM ({resolved.select}) AS r JOIN {target} AS t"
        f' ON t."{key}" = r."{key}"'
        f" WHERE NOT ({differing(run.sql, resolved.compared, 't', 'r')})",
        key="source_line",
    )
    if changes:
        # In a statement of its own, for PostgreSQL expects next to no unchanged row: in the one
        # above, it would search for the changes once for each row.
        run.sql.run(f"DELETE FROM import_same WHERE source_line IN ({' UNION ALL '.join(changes)})")
    run.keep(staged, "e.source_line = s.source_line")


def _changed_elements(
    staged: Staged, column: str, kind: Elements, stored: str, owner: str
) -> list[str]:
    model, elements = kind.model._meta.db_table, staged.elements[column].name
    return [
        f"SELECT s.source_line FROM {stored} JOIN {elements} AS e ON e.source_line = s.source_line"
        f" WHERE NOT EXISTS (SELECT 1 FROM {model} AS x"
        f" WHERE x.{owner} = t.id AND x.{kind.column} = e.element)",
        f"SELECT s.source_line FROM {stored} JOIN {model} AS x ON x.{owner} = t.id"
        f" WHERE NOT EXISTS (SELECT 1 FROM {elements} AS e"
        f" WHERE e.source_line = s.source_line AND e.element = x.{kind.column})",
    ]


def _write_elements(
    run: Run, staged: Staged, column: str, kind: Elements, stored: str, owner: str
) -> None:
    model, elements = kind.model._meta.db_table, staged.elements[column].name
    run.sql.run(
        f"DELETE FROM {model} WHERE id IN (SELECT x.id FROM {stored}"
        f" JOIN {model} AS x ON x.{owner} = t.id WHERE NOT EXISTS (SELECT 1 FROM {elements} AS e"
        f" WHERE e.source_line = s.source_line AND e.element = x.{kind.column}))"
    )
    written = run.sql.run(
        f"INSERT INTO {model} ({owner}, {kind.column}) SELECT t.id, e.element FROM {stored}"
        f" JOIN {elements} AS e ON e.source_line = s.source_line"
        f" WHERE NOT EXISTS (SELECT 1 FROM {model} AS x"
        f" WHERE x.{owner} = t.id AND x.{kind.column} = e.element)"
        f" {on_conflict(run.sql, model, (owner, kind.column))}"
    )
    run.grown(model, written)


def _changed_values(
    run: Run, staged: Staged, definition: StoredAttribute, stored: str, owner: str
) -> str:
    attributes = staged.table.attributes
    assert attributes is not None
    staged_value, value = f"s.attribute_{definition.id}", f"v.{definition.type}"
    return (
        f"SELECT s.source_line FROM {stored} LEFT JOIN {attributes.value._meta.db_table} AS v"
        f" ON v.{owner} = t.id AND v.attribute_id = {definition.id}"
        f" WHERE {run.sql.distinct(value, staged_value)}"
    )


def _write_values(
    run: Run, staged: Staged, definition: StoredAttribute, stored: str, owner: str
) -> None:
    attributes = staged.table.attributes
    assert attributes is not None
    model = attributes.value._meta.db_table
    names = {definition.type: f"s.attribute_{definition.id}"}
    if definition.type == AttributeType.TEXT:
        names["text_folded"] = f"s.attribute_{definition.id}_folded"
    value = names[definition.type]
    of_row = f"v.{owner} = t.id AND v.attribute_id = {definition.id}"
    run.sql.run(
        f"DELETE FROM {model} WHERE id IN (SELECT v.id FROM {stored}"
        f" JOIN {model} AS v ON {of_row} WHERE {value} IS NULL)"
    )
    run.sql.run(
        f"UPDATE {model} AS v SET {', '.join(f'{name} = {one}' for name, one in names.items())}"
        f" FROM {stored} WHERE {of_row} AND {value} IS NOT NULL"
        f" AND {run.sql.distinct(f'v.{definition.type}', value)}"
    )
    written = run.sql.run(
        f"INSERT INTO {model} ({owner}, attribute_id, {', '.join(names)})"
        f" SELECT t.id, {definition.id}, {', '.join(names.values())} FROM {stored}"
        f" WHERE {value} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {model} AS v WHERE {of_row})"
        f" {on_conflict(run.sql, model, (owner, 'attribute_id'))}"
    )
    run.grown(model, written)
