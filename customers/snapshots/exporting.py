"""Writes a shop snapshot: one database snapshot, read by several connections at the same time.

The new manifest is written last. Until then the previous shop snapshot stays whole and readable,
whatever happens. The next export deletes files that no manifest names.
"""

import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from time import monotonic
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils.translation import gettext as _

from core import clock
from customers.models import Customer, Snapshot
from customers.snapshots.databases import database_of
from customers.snapshots.erasing import erase_person_rows, erased_meanwhile
from customers.snapshots.errors import SnapshotError
from customers.snapshots.extra import require_extra
from customers.snapshots.locks import Lock, lock_location
from customers.snapshots.manifest import File, Manifest, Table, publish, stored_manifest
from customers.snapshots.parquet.parts import Part, cut_parts, days_of, reusable_files
from customers.snapshots.parquet.sources import Source
from customers.snapshots.parquet.streams import Streams
from customers.snapshots.places.store import Store
from customers.snapshots.places.stores import open_store
from customers.snapshots.tables import TABLES, Exported

MOST_STREAMS = 8
# The longest time between two checks of the database connection, and two reports of progress
# (seconds).
OFTEN = 1.0
# Interval between two checks for customers who were erased meanwhile (seconds).
SOON = 5.0
# Called with the table, its number of rows written so far, and its number of rows.
OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Written:
    """The result of an export: the new manifest, and how many of its files were reused."""

    manifest: Manifest
    reused: int


def usual_streams() -> int:
    """Return the default number of streams: the number of CPU cores, at most 8."""
    return min(os.cpu_count() or 1, MOST_STREAMS)


def export_snapshot(
    url: str,
    *,
    streams: int | None = None,
    progress: OnProgress | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Written:
    """Write the present shop to the place `url`, by `streams` parallel connections.

    Raises SnapshotError where the export fails, also where another export writes to the place;
    OSError of a local directory. A snapshot that was there then stays as it was.
    """
    if connections[using].vendor != "postgresql":
        raise SnapshotError(_("A shop snapshot needs PostgreSQL."))
    require_extra()
    store = open_store(url)
    try:
        with (
            _leader(using) as leader,
            leader.cursor() as cursor,
            lock_location(cursor, Lock.EXPORT, store.location) as is_ours,
        ):
            if not is_ours:
                text = _("Another export writes to %(place)s.")
                raise SnapshotError(text % {"place": store.location})
            return _Export(store, cursor, streams or usual_streams(), using).run(progress)
    except (psycopg.Error, DatabaseError) as error:
        raise SnapshotError(_("The database failed: %(error)s") % {"error": error}) from error


@contextmanager
def _leader(using: str) -> Iterator[Any]:
    """Give a connection of its own, whose transaction lasts while others are made and ended."""
    connection: Any = connections[using]
    with closing(connection.get_new_connection(connection.get_connection_params())) as leader:
        leader.autocommit = True
        yield leader


class _Export:
    """One export to `store`; `cursor` is the leader's, which holds the lock."""

    def __init__(self, store: Store, cursor: Any, streams: int, using: str) -> None:
        self.store, self.cursor, self.streams, self.using = store, cursor, streams, using
        self.row = Snapshot.objects.using(using)
        # Files, by the key of somebody who was erased, that do not have them.
        self.looked: dict[int, set[str]] = {}

    def run(self, progress: OnProgress | None) -> Written:
        before = self._delete_unnamed()  # Of a place that cannot be read, nothing is noted.
        self.row.update_or_create(location=self.store.location, defaults={"began_at": clock.now()})
        try:
            return self._written(before, progress)
        except BaseException:
            # The next export does it, if it cannot be done now.
            with suppress(Exception):
                self.cursor.execute("ROLLBACK")
                if self._delete_unnamed() is None:
                    # Nothing was ever there, which erasures would have to look for.
                    self.row.filter(location=self.store.location, as_of=None).delete()
            raise

    def _delete_unnamed(self) -> Manifest | None:
        """Delete what no manifest names, such as the files of a dead export; return what is there.

        Files that an erasure is writing are named soon.
        """
        with lock_location(self.cursor, Lock.MANIFEST, self.store.location, waits=True):
            found = stored_manifest(self.store)
            self._delete_all_but(found)
        return found

    def _written(self, before: Manifest | None, progress: OnProgress | None) -> Written:
        sizes = self.store.sizes()
        self.cursor.execute("SELECT pg_current_wal_lsn()::text")
        (wal_position,) = self.cursor.fetchone()
        # Before the moment that is read, by every clock: what was committed until then is seen.
        ahead = max(clock.ahead_of_database(self.cursor), timedelta(0))
        as_of = clock.now().astimezone(UTC) - ahead
        self.cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self.cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = self.cursor.fetchone()
        database = database_of(self.cursor)
        known = {}
        if before is not None and before.database == database:
            known = {name: _whole(one, sizes) for name, one in before.tables.items()}
        read = self._read(moment, known, progress)
        self.cursor.execute("COMMIT")
        manifest = Manifest(
            as_of=as_of,
            wal_position=wal_position,
            database=database,
            tables={exported.name: read[exported.name].table for exported in TABLES},
        )
        return self._publish(manifest, {origin for one in read.values() for origin in one.reused})

    def _read(
        self, moment: str, before: Mapping[str, Table], progress: OnProgress | None
    ) -> dict[str, "_Read"]:
        """Return what was read of each table, whose files of `before` are kept where they can be.

        Each stream takes the next table to be counted, or the next part to be written, as soon as
        it is free.
        """
        connection: Any = connections[self.using]
        params = connection.get_connection_params()
        read: dict[str, _Read] = {}
        streams = Streams(params, moment, self.store, secrets.token_hex(8))
        counted: set[Future[Source]] = set()
        written: dict[Future[list[File]], _Read] = {}
        with closing(streams), ThreadPoolExecutor(self.streams) as pool:
            try:
                counted |= {pool.submit(streams.source_of, one) for one in self._by_size()}
                looked_at = monotonic()
                while counted or written:
                    waiting: set[Future[Any]] = {*counted, *written}
                    done, _rest = wait(waiting, OFTEN, FIRST_COMPLETED)
                    for future in done & counted:
                        one = _Read.begun(future.result(), before)
                        read[one.source.exported.name] = one
                        for part in one.parts(self.streams):
                            written[pool.submit(streams.write, part)] = one
                    for future in done & written.keys():
                        written.pop(future).add(future.result())
                    counted -= done
                    self._ask()
                    if monotonic() - looked_at >= SOON:
                        self._take_out_erased(read)
                        looked_at = monotonic()
                    if progress:
                        for name, one in read.items():
                            rows = one.kept_rows + streams.rows.get(name, 0)
                            progress(name, rows, one.source.rows)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                streams.stop()
                # A stream that is just about to send a statement misses this stop: repeat it.
                begun: list[Future[Any]] = [*counted, *written]
                while at_work := [one for one in begun if not one.done()]:
                    wait(at_work, OFTEN)
                    streams.stop()
                raise
        return read

    def _by_size(self) -> list[Exported]:
        """Return the tables, the largest first: in the end no stream is left alone with one."""
        tables = list(TABLES)
        # As they were last analyzed: asking for the size itself would wait for locks.
        self.cursor.execute(
            "SELECT relname, relpages FROM pg_class WHERE oid IN"
            " (SELECT to_regclass(name) FROM unnest(%s::text[]) name)",
            [[f'"{one.name}"' for one in tables]],
        )
        sizes = dict(self.cursor.fetchall())
        return sorted(tables, key=lambda one: -sizes.get(one.name, 0))

    def _publish(self, manifest: Manifest, reused: set[str]) -> Written:
        """Put the manifest in place, without those who were erased since the moment it is of.

        `reused` are the origins of files that were there already.
        """
        with lock_location(self.cursor, Lock.MANIFEST, self.store.location, waits=True):
            # An erasure may have rewritten some of its files.
            before = stored_manifest(self.store)
            manifest = _as_they_are_now(manifest, reused, before)
            for person in erased_meanwhile(self.using):
                tables = erase_person_rows(manifest.tables, self.store, person, self._ask)
                manifest = replace(manifest, tables=tables)
            if before is not None:
                named = {file.path for file in manifest.files}
                superseded = [file.path for file in before.files if file.path not in named]
                manifest = replace(manifest, superseded=tuple(superseded))
            self.store.settle()
            self._ask()
            publish(manifest, self.store)
            self.row.filter(location=self.store.location).update(
                as_of=manifest.as_of,
                finished_at=clock.now(),
                rows=sum(table.rows for table in manifest.tables.values()),
                bytes=sum(file.bytes for file in manifest.files),
            )
            self._delete_all_but(manifest)
        return Written(manifest, len(reused))

    def _take_out_erased(self, read: Mapping[str, "_Read"]) -> None:
        """Take who was erased meanwhile out of what is written already, not only in the end.

        Files are looked at once for each person, but those of customers, which say who is a guest.
        """
        for person in erased_meanwhile(self.using):
            looked = self.looked.setdefault(person.pk, set())
            before = {name: one.written(looked) for name, one in read.items()}
            after = erase_person_rows(before, self.store, person, self._ask)
            for name, one in read.items():
                one.exchange(before[name].files, after[name].files)
                kept = {file.path for file in one.files}
                self.store.delete({file.path for file in before[name].files} - kept)
            looked |= {file.path for table in after.values() for file in table.files}

    def _ask(self) -> None:
        """Find out whether the lock is still ours: it goes with the connection."""
        self.cursor.execute("SELECT 1")

    def _delete_all_but(self, manifest: Manifest | None) -> None:
        named = manifest.named if manifest else set()
        self.store.delete(sorted(self.store.sizes().keys() - named))


@dataclass
class _Read:
    """A table that is being read: its files so far, and the origins of those of before."""

    source: Source
    files: list[File]
    reused: frozenset[str]
    kept_rows: int
    new_rows: int = 0

    @classmethod
    def begun(cls, source: Source, before: Mapping[str, Table]) -> "_Read":
        """Begin with the files of `before` that would be written again as they are."""
        name = source.exported.name
        kept = (
            reusable_files(source, before[name]) if source.exported.day and name in before else []
        )
        rows = sum(
            count
            for day, (count, _signature) in source.days.items()
            if any(first <= day <= last for first, last in map(days_of, kept))
        )
        return cls(source, kept, frozenset(file.origin for file in kept), rows)

    def parts(self, streams: int) -> list[Part]:
        """Return the parts to write, the largest first."""
        return sorted(cut_parts(self.source, self.files, streams), key=lambda part: -part.rows)

    def add(self, files: list[File]) -> None:
        """Add files that a stream has written."""
        self.files += files
        self.new_rows += sum(file.rows for file in files)

    def exchange(self, before: Sequence[File], after: Sequence[File]) -> None:
        """Replace the files `before` by the files `after`."""
        gone = {file.path for file in before}
        self.files = [*(file for file in self.files if file.path not in gone), *after]

    def written(self, looked: Collection[str]) -> Table:
        """Return the new files so far except those `looked` at; for customers, all new files."""
        exported = self.source.exported
        passed = () if exported.model is Customer else looked
        files = [
            file
            for file in self.files
            if file.origin not in self.reused and file.path not in passed
        ]
        return Table(self.source.columns, tuple(files), exported.customer)

    @property
    def table(self) -> Table:
        """The table's manifest entry. Raises SnapshotError if the number of rows is wrong."""
        if self.kept_rows + self.new_rows != self.source.rows:
            text = _("%(table)s: %(found)s rows came where there are %(rows)s.")
            rows = {"found": self.kept_rows + self.new_rows, "rows": self.source.rows}
            raise SnapshotError(text % {"table": self.source.exported.name, **rows})
        return Table(
            columns=self.source.columns,
            files=tuple(sorted(self.files, key=_place)),
            customer=self.source.exported.customer,
            identity=self.source.identity,
            days=self.source.days,
        )


def _whole(table: Table, sizes: Mapping[str, int]) -> Table:
    """Return `table` with only the files that are as long as they were written.

    The next export then writes the rows of missing and truncated files again.
    """
    return replace(table, files=tuple(f for f in table.files if sizes.get(f.path) == f.bytes))


def _place(file: File) -> tuple[Any, ...]:
    """Return the sort key of a table's file: its first day, its customers, its path."""
    return file.first_day.toordinal() if file.first_day else 0, file.customers or (0, 0), file.path


def _as_they_are_now(manifest: Manifest, reused: set[str], before: Manifest | None) -> Manifest:
    """Return `manifest` with the reused files (by origin) as `before` names them now.

    An erasure may have rewritten or deleted such a file meanwhile; a deleted file is left out.
    """
    now = {file.origin: file for file in before.files} if before else {}
    return replace(
        manifest,
        tables={
            name: replace(
                table,
                files=tuple(
                    now.get(file.origin, file)
                    for file in table.files
                    if file.origin not in reused or file.origin in now
                ),
            )
            for name, table in manifest.tables.items()
        },
    )
