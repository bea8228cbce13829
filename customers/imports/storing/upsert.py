"""Set-based writing: rows that are new are inserted, rows that differ are updated, others left."""

from collections.abc import Callable, Sequence

from customers.imports.storing.sql import Sql

# Takes the names of a new row and of the stored one, and returns a test.
Unless = Callable[[str, str], str]


def quote_columns(columns: Sequence[str], alias: str = "") -> list[str]:
    """Return `columns` as SQL names."""
    return [f'{alias}."{column}"' if alias else f'"{column}"' for column in columns]


def matching(key: Sequence[str], left: str, right: str) -> str:
    """Return the test that two rows have the same key."""
    pairs = zip(quote_columns(key, left), quote_columns(key, right), strict=True)
    return " AND ".join(f"{one} = {other}" for one, other in pairs)


def differing(sql: Sql, columns: Sequence[str], left: str, right: str) -> str:
    """Return the test that two rows differ in one of `columns`."""
    pairs = zip(quote_columns(columns, left), quote_columns(columns, right), strict=True)
    return " OR ".join(sql.distinct(one, other) for one, other in pairs) or "1 = 0"


def upsert(
    sql: Sql,
    target: str,
    *,
    key: Sequence[str],
    resolved: str,
    columns: Sequence[str],
    updatable: Sequence[str],
    changed_elsewhere: Sequence[str] = (),
    unique_where: str = "",
    unless: Unless | None = None,
) -> tuple[int, int]:
    """Write the rows of the query `resolved` (source_line and `columns`) into the table `target`.

    `changed_elsewhere` are queries of the source_line of stored rows that change in tables that
    hang on them. `unique_where` is the condition of the index by which the key is unique, where it
    has one. `unless` is the test by which a stored row stays as it is, also where another
    transaction has just written it. Return how many rows were created and how many updated.
    """
    updated = update(sql, target, key, resolved, updatable, changed_elsewhere, unless)
    return insert(sql, target, key, resolved, columns, updatable, unique_where, unless), updated


def update(
    sql: Sql,
    target: str,
    key: Sequence[str],
    resolved: str,
    updatable: Sequence[str],
    changed_elsewhere: Sequence[str] = (),
    unless: Unless | None = None,
) -> int:
    """Update the stored rows that differ; return how many."""
    if not sql.has_rows(target):
        return 0
    here = f"{matching(key, 't', 'r')} AND ({differing(sql, updatable, 't', 'r')})"
    if unless is not None:
        here += f" AND NOT ({unless('r', 't')})"
    changed = 0
    if changed_elsewhere:
        queries = [
            f"SELECT r.source_line FROM ({resolved}) AS r, {target} AS t WHERE {here}",
            *changed_elsewhere,
        ]
        changed = sql.number(f"SELECT COUNT(*) FROM ({' UNION '.join(queries)}) AS changed")
    if not updatable:
        return changed
    values = ", ".join(f'"{column}" = r."{column}"' for column in updatable)
    written = sql.run(f"UPDATE {target} AS t SET {values} FROM ({resolved}) AS r WHERE {here}")
    return changed if changed_elsewhere else written


def insert(
    sql: Sql,
    target: str,
    key: Sequence[str],
    resolved: str,
    columns: Sequence[str],
    updatable: Sequence[str],
    unique_where: str = "",
    unless: Unless | None = None,
) -> int:
    """Insert the rows that are not stored yet, in the file's order; return how many.

    Rows of a table in `sql.counted_only` are counted instead.
    """
    if target in sql.counted_only:
        return sql.number(f"SELECT COUNT(*) FROM {new_rows(target, key, resolved)}")
    return sql.run(
        f"INSERT INTO {target} ({', '.join(quote_columns(columns))}) "
        f"SELECT {', '.join(quote_columns(columns, 'r'))} FROM {new_rows(target, key, resolved)} "
        f"ORDER BY r.source_line {on_conflict(sql, target, key, updatable, unique_where, unless)}"
    )


def new_rows(target: str, key: Sequence[str], resolved: str) -> str:
    """Return the rows `r` of the query `resolved` that are not stored yet, to follow FROM."""
    stored = f"SELECT 1 FROM {target} AS t WHERE {matching(key, 't', 'r')}"
    return f"({resolved}) AS r WHERE NOT EXISTS ({stored})"


def on_conflict(
    sql: Sql,
    target: str,
    key: Sequence[str],
    updatable: Sequence[str] = (),
    unique_where: str = "",
    unless: Unless | None = None,
) -> str:
    """Return what becomes of a row that someone else has written since the update looked.

    To be ready for that takes PostgreSQL longer than all the rest of an insert.
    """
    if target in sql.alone_in:
        return ""
    values = ", ".join(f'"{column}" = excluded."{column}"' for column in updatable)
    action = f"DO UPDATE SET {values}" if values else "DO NOTHING"
    where = f" WHERE {unique_where}" if unique_where else ""
    if values and unless is not None:
        action += f" WHERE NOT ({unless('excluded', target)})"
    return f"ON CONFLICT ({', '.join(quote_columns(key))}){where} {action}"
