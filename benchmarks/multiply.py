"""Multiply a small shop: copy every customer, and all rows that belong to them, several times.

Run on a PostgreSQL database with a shop and without segments, and with no workers about:
    DATABASE_URL=postgres://... python -m benchmarks.multiply --times 10
The copies are made by `INSERT ... SELECT` with shifted keys, in one transaction that locks the
tables. The tables are found by the models' foreign keys to customers. Unique texts and email
addresses get the number of the copy; an address keeps its domain. The catalogue, stores and groups
stay as they are. `--without` leaves out tables that no measurement reads, to save disk space:
    python -m benchmarks.multiply --times 10 --without ProductView Login Cart Wishlist
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
if __name__ == "__main__":
    django.setup()

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from conditions.upkeep import rollup
from core.database.fields import FoldedTextField
from customers.changes.declared import rollups
from customers.changes.triggers import install, remove
from customers.models import Customer, DirtyCustomer
from segments.engine.live_changes.changed_customers import process_changes
from segments.models import Membership, Segment

Model = type[models.Model]
Sql = str

# Enough to sort the index of millions of rows with few passes; one is made at a time.
SORTING_MEMORY = "512MB"
EMAIL = "email"
# Models that the nightly computation fills again from the copies.
COMPUTED = ("AttributedConversion",)

# Foreign keys of the tables and to them; then primary keys and what is unique; then plain indexes.
KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype = 'f' AND (conrelid = ANY ({tables}) OR confrelid = ANY ({tables}))
ORDER BY conrelid, conname
"""
UNIQUE = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype IN ('p', 'u') AND conrelid = ANY ({tables}) ORDER BY conrelid, conname
"""
INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY ({tables}) ORDER BY indrelid, indexrelid
"""


class Refused(Exception):
    """The shop is none that can be multiplied."""


@dataclass(frozen=True)
class Table:
    """A table to copy; `shift` is the distance of a copy's keys from those of the copy before.

    `pages` is the number of pages in use at the beginning.
    """

    model: Model
    shift: int
    pages: int

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)


def multiply(
    times: int, *, without: Collection[str] = (), say: Callable[[str], object] = str
) -> int:
    """Multiply each customer by `times` (at least 2); return the number of customers afterwards.

    The rows of the models named in `without`, and the rows that only belong to these, are not
    copied. `say` is called with each step. Raises Refused.
    """
    refuse_unless_plain(times, without)
    process_changes()
    if DirtyCustomer.objects.exists():
        raise Refused("Changes are waiting that cannot be worked in.")
    with transaction.atomic():
        tables = [_table(model) for model in belonging(without)]
        tables = [table for table in tables if table.shift]
        _run("SET CONSTRAINTS ALL IMMEDIATE")
        remove()
        with bare([table.name for table in tables]):
            for copy in range(1, times):
                for table in tables:
                    _run(insertion(table, copy, tables))
                say(f"copy {copy} is there")
        say("keys and indexes are made")
        copied = [table.model for table in tables]
        for statement in connection.ops.sequence_reset_sql(no_style(), copied):
            _run(statement)
        for table in tables:
            _run(f'ANALYZE "{table.name}"')
        install()
        say("figures are to be computed")
        rollup.build()
    return Customer.objects.count()


def refuse_unless_plain(times: int, without: Collection[str] = ()) -> None:
    """Raise Refused if the database, its rows or the models do not allow multiplying the shop."""
    if times < 2:
        raise Refused("A shop is multiplied by 2 or more.")
    if connection.vendor != "postgresql":
        raise Refused("Only a shop on PostgreSQL is multiplied.")
    if Segment.objects.exists() or Membership.objects.exists():
        raise Refused("The shop has segments, whose members and history would not be right.")
    every, copied = belonging(), belonging(without)
    if unknown := set(without) - {model.__name__ for model in every if model is not Customer}:
        raise Refused(f"Nothing that belongs to customers: {', '.join(sorted(unknown))}.")
    for model in copied:
        left = [key.name for key in _keys_to(model, every) if key.related_model not in copied]
        if left:
            raise Refused(f"{model._meta.label} has {', '.join(left)}, which would stay behind.")
        if model._base_manager.exists():
            _check_unique(model)


def belonging(without: Collection[str] = ()) -> list[Model]:
    """Return the models whose rows lead to customers by foreign keys, except those in `without`.

    A model comes after the models that it refers to. Roll-ups and other computed rows are left out.
    """
    found: list[Model] = [Customer]
    every = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model not in rollups()
        and model.__name__ not in (*without, *COMPUTED)
    ]
    while new := [model for model in every if model not in found and any(_keys_to(model, found))]:
        found += new
    return found


def _keys_to(model: Model, those: Sequence[Model]) -> Iterator[models.ForeignKey]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and field.related_model in those:
            yield field


def renamed_texts(model: Model) -> list[str]:
    """Return the texts of `model` of which each copy has another, and what is folded from them."""
    texts = {
        field.source if isinstance(field, FoldedTextField) else field.name
        for field in model._meta.concrete_fields
        if field.name == EMAIL
        or (field.unique and not (field.primary_key or isinstance(field, models.ForeignKey)))
    }
    folded = [
        field.name
        for field in model._meta.concrete_fields
        # Of the part that a domain is no copy has another.
        if isinstance(field, FoldedTextField) and field.source in texts and not field.part
    ]
    return [*sorted(texts), *folded]


def _check_unique(model: Model) -> None:
    """Raise Refused if copies would violate a unique constraint."""
    meta = model._meta
    renames = renamed_texts(model)
    for name in renames:
        if not isinstance(meta.get_field(name), models.CharField | models.TextField):
            raise Refused(f"{meta.label}.{name} is unique and no text.")
    telling = {key.name for key in _keys_to(model, belonging())} | set(renames)
    together = [one.fields for one in meta.constraints if isinstance(one, models.UniqueConstraint)]
    for fields in [*together, *meta.unique_together]:
        if telling.isdisjoint(fields):
            raise Refused(f"{meta.label}: copies would have the same {', '.join(fields)}.")


def _table(model: Model) -> Table:
    """Return the table, with the largest of its keys; 0 where it is empty."""
    name = model._meta.db_table
    if not model._base_manager.exists():
        return Table(model, 0, 0)
    key = model._meta.pk.column
    ((largest,),) = _rows(f'SELECT max("{key}") FROM "{name}"')
    ((pages,),) = _rows(
        f"SELECT pg_relation_size('\"{name}\"') / current_setting('block_size')::int"
    )
    return Table(model, int(largest), int(pages))


def insertion(table: Table, copy: int, tables: Sequence[Table]) -> Sql:
    """Return the statement that makes the copy of that number."""
    shifts = {one.model: one.shift for one in tables}

    def shift(field: models.Field) -> int:
        """By how much this column's values grow: not a store's keys, nor anything but keys."""
        if isinstance(field, models.ForeignKey):
            target = field.related_model
            return shift(target._meta.pk) if target in shifts else 0
        return shifts[field.model] if field.primary_key else 0

    renames = renamed_texts(table.model)
    values = []
    for field in table.model._meta.concrete_fields:
        column = f'"{field.column}"'
        if shift(field):
            values.append(f"{column} + {copy * shift(field)}")
        elif field.name in renames:
            values.append(_other_text(field, column, copy))
        else:
            values.append(column)
    columns = ", ".join(f'"{field.column}"' for field in table.model._meta.concrete_fields)
    key = table.model._meta.pk.column
    # Of the pages that were there the new rows may fill gaps.
    return (
        f'INSERT INTO "{table.name}" ({columns}) SELECT {", ".join(values)} FROM "{table.name}"'
        f" WHERE ctid < '({table.pages},0)' AND \"{key}\" <= {table.shift}"
    )


def _other_text(field: models.Field, column: str, copy: int) -> Sql:
    source = field.source if isinstance(field, FoldedTextField) else field.name
    if source != EMAIL:
        return f"{column} || '-{copy}'"
    return (
        f"CASE WHEN {column} LIKE '%@%' THEN"
        f" regexp_replace({column}, '@([^@]*)$', '+{copy}@\\1') ELSE {column} END"
    )


@contextmanager
def bare(tables: Sequence[str]) -> Iterator[None]:
    """Fill the tables without keys and indexes, which are made again, each at once."""
    array = ", ".join(f"'\"{name}\"'" for name in tables)
    put_aside: list[Sql] = []
    for query in (KEYS, UNIQUE, INDEXES):
        for drop, definition in _rows(query.format(tables=f"ARRAY[{array}]::regclass[]")):
            _run(drop)
            put_aside.append(definition)
    yield
    _run(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
    for definition in reversed(put_aside):
        _run(definition)


def _rows(sql: Sql) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _run(sql: Sql) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--without", nargs="+", default=(), metavar="MODEL")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        customers = multiply(
            options.times,
            without=options.without,
            say=lambda step: print(f"{time.monotonic() - started:5.0f} s: {step}", file=sys.stderr),
        )
    except Refused as error:
        sys.exit(str(error))
    print(f"{customers:,} customers after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
