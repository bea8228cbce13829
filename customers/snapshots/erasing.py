"""Erases customers from shop snapshots, too: files with their rows are rewritten.

A rewritten file gets another name. A reader with the previous manifest finds all rows of other
customers, or finds a file gone and reads the new manifest.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.utils.translation import gettext as _

from customers.models import Customer, Erasure, Snapshot
from customers.privacy.holdings import Person
from customers.snapshots.databases import database_of, name_of_erasure
from customers.snapshots.errors import SnapshotError
from customers.snapshots.extra import require_extra
from customers.snapshots.locks import Lock, lock_location
from customers.snapshots.manifest import File, Manifest, Table, publish, stored_manifest
from customers.snapshots.parquet.files import file_entry, writing
from customers.snapshots.places.store import Store
from customers.snapshots.places.stores import open_store

logger = logging.getLogger(__name__)

NUMBER = "external_id"
# Called between files: PostgreSQL would end a transaction that stays idle for long.
Ask = Callable[[], None]


def forget_person(person: Person) -> Iterator[str]:
    """Remove a person from every shop snapshot; yield each place where that is still to be done."""
    for place in Snapshot.objects.order_by("pk"):
        try:
            yield from _forget(place, person)
        except (SnapshotError, OSError) as error:
            # The text of the error is left out: it is for the people who request the snapshot.
            logger.error("Shop snapshot %s: not erased (%s)", place.pk, type(error).__name__)
            yield _("the shop snapshot in %(place)s") % {"place": place.location}


def _forget(place: Snapshot, person: Person) -> Iterator[str]:
    require_extra()
    store = open_store(place.location)
    here = {"place": place.location}
    with (
        connection.cursor() as cursor,
        lock_location(cursor, Lock.MANIFEST, place.location) as is_ours,
    ):
        if not is_ours:
            yield _("the shop snapshot in %(place)s") % here
            return
        manifest = stored_manifest(store)
        if manifest is None and place.finished_at is not None:
            # Such as a folder that is not mounted.
            raise SnapshotError(_("There is no shop snapshot in %(place)s.") % here)
        if manifest is not None and manifest.database != database_of(cursor):
            # A copy of this database, or the original of this copy, may be reading the files.
            yield (
                _(
                    "the shop snapshot in %(place)s, which another database has written: "
                    "export there again, or give the place up (export_snapshot --forget)"
                )
                % here
            )
            return
        if manifest is not None:
            manifest = _republish(manifest, store, person, lambda: cursor.execute("SELECT 1"))
        with lock_location(cursor, Lock.EXPORT, place.location) as nobody_exports:
            if nobody_exports:
                named = manifest.named if manifest is not None else set()
                store.delete(sorted(store.sizes().keys() - named))
                store.settle()
            else:
                # The export removes the person before anybody can read its files.
                yield _("the shop snapshot in %(place)s, which is being written") % here


def _republish(manifest: Manifest, store: Store, person: Person, ask: Ask) -> Manifest:
    """Publish the manifest without the person and without superseded files; delete unnamed files.

    Returns the manifest that is published then.
    """
    tables = erase_person_rows(manifest.tables, store, person, ask)
    found = replace(manifest, tables=tables, superseded=())
    if tables != manifest.tables:
        theirs = Erasure.objects.filter(person__pk=person.pk, completed_at=None)
        found = replace(found, erased=(*found.erased, *map(name_of_erasure, theirs)))
    if found != manifest:
        store.settle()
        ask()
        publish(found, store)
        store.delete(sorted(manifest.named - found.named))
    return found


def erased_meanwhile(using: str = DEFAULT_DB_ALIAS) -> list[Person]:
    """Return who was erased and may still be in files: an erasure waits for exports to end."""
    rows = Erasure.objects.using(using).filter(completed_at=None).exclude(rows_erased_at=None)
    people: list[Any] = list(rows.exclude(person=None).values_list("person", flat=True))
    return [Person(one["pk"], tuple(one["numbers"]), one["email"]) for one in people]


def erase_person_rows(
    tables: Mapping[str, Table], store: Store, person: Person, ask: Ask
) -> dict[str, Table]:
    """Return `tables` without the rows of a person, after rewriting the files that had some.

    Nothing is deleted. Raises FileNotFoundError where a file is gone, SnapshotError where one is
    broken.
    """
    keys = _keys_of(tables, store, person, ask)
    found, token, count = dict(tables), secrets.token_hex(8), 0
    for name, table in tables.items():
        files: list[File] = []
        if table.customer is None:
            continue
        for file in table.files:
            ask()
            count += 1
            path = f"{name}/{token}-{count:05}.parquet"
            kept = _write_without(file, path, store, table.customer, keys)
            if kept.rows:
                files.append(kept)
        found[name] = replace(table, files=tuple(files))
    return found


def _keys_of(tables: Mapping[str, Table], store: Store, person: Person, ask: Ask) -> list[int]:
    """Return the internal keys that a person has in the files: guests merged since had others."""
    import pyarrow
    from pyarrow import compute

    found = {person.pk}
    numbers = pyarrow.array(person.numbers, pyarrow.string())
    customers = tables.get(Customer._meta.db_table)
    for file in customers.files if customers is not None else ():
        ask()
        with _open_parquet(store, file) as parquet:
            rows = parquet.read(columns=[str(Customer._meta.pk.column), NUMBER])
        is_theirs = compute.is_in(rows.column(NUMBER), value_set=numbers)
        found.update(rows.filter(is_theirs).column(0).to_pylist())
    return sorted(found)


def _write_without(file: File, path: str, store: Store, column: str, keys: Collection[int]) -> File:
    """Return `file`; where it has rows with `keys`, one that is written at `path` without them."""
    import pyarrow
    from pyarrow import compute

    if file.customers is None or not _any_between(keys, *file.customers):
        return file
    wanted = pyarrow.array(keys, pyarrow.int64())
    with _open_parquet(store, file) as parquet:
        if not any(
            compute.any(
                compute.is_in(
                    parquet.read_row_group(number, columns=[column]).column(column),
                    value_set=wanted,
                )
            ).as_py()
            for number in range(parquet.num_row_groups)
            if _may_have(parquet, number, column, keys)
        ):
            return file
        table, schema = file.path.partition("/")[0], parquet.schema_arrow
        with writing(store, path, table, schema, column) as writer:
            for batch in parquet.iter_batches():
                theirs = compute.is_in(batch.column(column), value_set=wanted)
                writer.write(batch.filter(compute.invert(theirs)))
    days = (file.first_day, file.last_day)
    found = file_entry(writer, store, path, None)
    return replace(found, origin=file.origin, first_day=days[0], last_day=days[1])


@contextmanager
def _open_parquet(store: Store, file: File) -> Iterator[Any]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        with store.reading(file.path) as source, ParquetFile(source) as parquet:
            yield parquet
    except pyarrow.ArrowException as error:
        text = _("%(file)s cannot be read: %(error)s")
        raise SnapshotError(text % {"file": file.path, "error": error}) from error


def _may_have(parquet: Any, group: int, column: str, keys: Collection[int]) -> bool:
    """Return whether a row group may have one of `keys`, by the limits in its statistics."""
    about = parquet.metadata.row_group(group)
    (position,) = (n for n in range(about.num_columns) if about.column(n).path_in_schema == column)
    ends = about.column(position).statistics
    return ends is None or not ends.has_min_max or _any_between(keys, ends.min, ends.max)


def _any_between(keys: Collection[int], low: int, high: int) -> bool:
    return any(low <= key <= high for key in keys)
