"""Fills tables that are empty when an import begins without indexes and keys, and adds them last.

PostgreSQL updates each index for each row, and looks up each reference by itself. Where a table has
no rows yet, the import's transaction drops the table's plain indexes and its keys and disables its
triggers, and restores them by their own definitions once the rows are there: each index is sorted
once, and each foreign key is checked by one join. A rollback of the import restores them, too.

Unique indexes stay, since the import finds rows by them, and so do primary keys that anything else
refers to. Dropping locks the table, against readers too: the import drops only where there is
nothing to read and where its caller asks for it. On SQLite there is nothing to do.
"""

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from customers.changes.declared import declared, rollups
from customers.changes.following import columns_of
from customers.changes.postgresql import PREFIX
from customers.changes.statements import counts_new_rows, has_growing_keys
from customers.imports.storing.sql import Sql
from customers.imports.tables import CUSTOMERS, TABLES, Table

# A table that another transaction locks for longer keeps its indexes and keys.
PATIENCE = "3s"
# Enough to sort the index of a few million rows in memory; each of them is made by itself.
SORTING_MEMORY = "256MB"

# Foreign keys among the tables alone: to drop one locks the table that it refers to as well.
KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
FROM pg_constraint AS c
WHERE contype = 'f' AND convalidated AND conparentid = 0
    AND conrelid = ANY ({tables}) AND confrelid = ANY ({tables})
    AND obj_description(oid, 'pg_constraint') IS NULL
ORDER BY conrelid, conname
"""
# Primary keys that nothing else refers to, a view neither.
PRIMARY_KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(c.oid))
FROM pg_constraint AS c JOIN pg_index AS i ON i.indexrelid = c.conindid
    JOIN pg_class AS n ON n.oid = c.conindid
WHERE contype = 'p' AND conrelid = ANY ({tables}) AND {is_plain}
    AND obj_description(c.oid, 'pg_constraint') IS NULL
    AND NOT EXISTS (SELECT FROM pg_depend AS d
        WHERE d.refobjid IN (c.oid, c.conindid) AND d.deptype = 'n')
ORDER BY conrelid
"""
# These triggers are not needed: the end of the import finds new rows by their keys
# (`customers.changes.once`), and every row that changes was inserted by the same import.
TRIGGERS = f"""
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
    format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname)
FROM pg_trigger
WHERE tgrelid = ANY ({{found_by_keys}}) AND tgenabled = 'O'
    AND tgname IN ('{PREFIX}_insert', '{PREFIX}_update')
ORDER BY tgrelid, tgname
"""
# Indexes that their definition describes completely, so that they can be created again.
IS_PLAIN = """
    i.indisvalid AND NOT (i.indisexclusion OR i.indisclustered OR i.indisreplident)
    AND n.reltablespace = 0 AND obj_description(n.oid, 'pg_class') IS NULL
"""
INDEXES = """
SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index AS i JOIN pg_class AS n ON n.oid = i.indexrelid
WHERE i.indrelid = ANY ({tables}) AND NOT i.indisunique AND {is_plain}
ORDER BY i.indrelid, n.relname
"""
# Of the tables and the tables that these refer to, those that the database user owns.
EMPTY_AND_OWN = """
SELECT DISTINCT t.oid::regclass::text FROM pg_class AS t
WHERE pg_has_role(t.relowner, 'USAGE') AND t.relkind = 'r' AND NOT t.relispartition AND (
    t.oid = ANY ({tables})
    OR t.oid IN (SELECT confrelid FROM pg_constraint WHERE contype = 'f'
        AND conrelid = ANY ({tables})))
ORDER BY 1
"""


@contextmanager
def bare_while_filled(sql: Sql, names: Container[str]) -> Iterator[None]:
    """Fill the empty tables of the files called `names` without their indexes and keys.

    Their definitions are the same at the end of the block.
    """
    tables = _lock_empty_tables(sql, _filled_by(names)) if sql.on_postgresql else []
    if not tables:
        yield
        return
    _check_references(sql)
    put_aside: list[str] = []
    names = {"tables": _array(tables), "found_by_keys": _array(_found_by_keys(tables))}
    for query in (KEYS, PRIMARY_KEYS, INDEXES, TRIGGERS):
        found = sql.rows(query.format(is_plain=IS_PLAIN, **names))
        for drop, definition in found:
            sql.run(drop)
            put_aside.append(definition)
    sql.alone_in = frozenset(tables)
    yield
    _check_references(sql)
    sql.run(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
    for definition in reversed(put_aside):
        sql.run(definition)


def _check_references(sql: Sql) -> None:
    """Check the references that wait for it: meanwhile no table can be altered."""
    sql.run("SET CONSTRAINTS ALL IMMEDIATE")
    sql.run("SET CONSTRAINTS ALL DEFERRED")


def _filled_by(names: Container[str]) -> list[str]:
    """Return the tables that the files called `names` fill."""
    there = [table for table in TABLES if table.name in names]
    return [name for table in there for name in _filled_tables(table)]


def _filled_tables(table: Table) -> Iterator[str]:
    """Yield the tables that the rows of a file go to."""
    models = [table.model, *(kind.model for kind in table.lists.values())]
    if table.attributes:
        models.append(table.attributes.value)
    if table is CUSTOMERS:
        models += rollups()
    for model in models:
        yield str(model._meta.db_table)


def _found_by_keys(tables: list[str]) -> list[str]:
    """Return those of the tables whose triggers do nothing that the end does not do as well."""
    quiet = {
        str(one.model._meta.db_table)
        for one in declared()
        if counts_new_rows(one) and has_growing_keys(one) and not columns_of(one.model)
    }
    return [table for table in tables if table in quiet]


def _lock_empty_tables(sql: Sql, names: Iterable[str]) -> list[str]:
    """Lock the empty ones of the tables and return them; none where the locks time out."""
    query = EMPTY_AND_OWN.format(tables=_array(names))
    tables = [name for (name,) in sql.rows(query) if _is_empty(sql, name)]
    if not tables:
        return []
    ((usual,),) = sql.rows("SHOW lock_timeout")
    try:
        with transaction.atomic(using=sql.connection.alias):
            sql.run(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            sql.run(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            sql.run(f"SET LOCAL lock_timeout = '{usual}'")
            if not all(_is_empty(sql, name) for name in tables):
                # Another transaction wrote before the lock was granted: roll back to the savepoint,
                # which releases the lock.
                transaction.set_rollback(True, using=sql.connection.alias)
                return []
    except OperationalError:
        return []
    return tables


def _is_empty(sql: Sql, name: str) -> bool:
    return not sql.rows(f"SELECT 1 FROM {name} LIMIT 1")


def _array(names: Iterable[str]) -> str:
    """Return the SQL of an array of tables."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"ARRAY[{quoted}]::regclass[]"
