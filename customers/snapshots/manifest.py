"""The manifest of a shop snapshot, which names its files: `manifest.json`, written last.

A reader reads the manifest first, and then only the files that it names. Where one of these files
is gone meanwhile, there is a newer manifest to read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from customers.snapshots.errors import SnapshotError
from customers.snapshots.places.store import Store
from customers.snapshots.places.stores import open_store

NAME = "manifest.json"
FORMAT = 1
# The errors of reading a file that is no manifest.
BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class File:
    """A Parquet file with rows of one table, by its path within the shop snapshot.

    `day`: all of them are of that UTC day. Otherwise, in a table that is cut by days, `first_day`
    and `last_day` say between which they lie. `customers` are the least and the greatest internal
    key of customers in it, None where it has none. `origin` is the path under which its rows were
    first written: rewriting a file removes the rows of erased customers.
    """

    path: str
    rows: int
    bytes: int
    origin: str
    sums: Mapping[str, int]
    first_day: date | None = None
    last_day: date | None = None
    customers: tuple[int, int] | None = None

    @property
    def day(self) -> date | None:
        """The UTC day of all its rows; None where they are of several, or of none."""
        return self.first_day if self.first_day == self.last_day else None


@dataclass(frozen=True)
class Table:
    """A table: names of Arrow types by column, and its files.

    `customer` is the column with customers' internal keys. For a table that is cut by days, `days`
    has the number of rows and the signature of each day; they apply to the database table with the
    same `identity` (`sources.Source`).
    """

    columns: Mapping[str, str]
    files: tuple[File, ...]
    customer: str | None = None
    identity: str = ""
    days: Mapping[date, tuple[int, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows its files have."""
        return sum(file.rows for file in self.files)

    @property
    def sums(self) -> dict[str, int]:
        """The exact sum of each column of whole numbers; 0 for no values."""
        found: dict[str, int] = {}
        for file in self.files:
            for column, value in file.sums.items():
                found[column] = found.get(column, 0) + value
        return found


@dataclass(frozen=True)
class Manifest:
    """A shop snapshot: all that was committed before `as_of` (aware, UTC), by table.

    `wal_position` is PostgreSQL's from right before it was taken. `superseded` are files of the one
    before that are still there for those who began to read it. `erased` are the erasures, by
    number and time of request, that have taken rows out since the export.
    """

    as_of: datetime
    wal_position: str
    database: str
    tables: Mapping[str, Table]
    superseded: tuple[str, ...] = ()
    erased: tuple[tuple[int, str], ...] = ()
    format: int = FORMAT

    @property
    def schema_version(self) -> str:
        """A digest of the tables' columns and their types."""
        columns = {name: list(table.columns.items()) for name, table in self.tables.items()}
        return sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()

    @property
    def files(self) -> list[File]:
        """The files of all tables."""
        return [file for table in self.tables.values() for file in table.files]

    @property
    def named(self) -> set[str]:
        """The paths of all files that may be there, those of the one before among them."""
        return {*(file.path for file in self.files), *self.superseded}


def read_manifest(url: str) -> Manifest:
    """Return the manifest of the shop snapshot in the directory or at the address `url`.

    Raises SnapshotError where there is none, where it is broken or of another format, and where the
    place cannot be reached.
    """
    store = open_store(url)
    try:
        found = stored_manifest(store)
    except OSError as error:
        raise SnapshotError(str(error)) from error
    if found is None:
        raise SnapshotError(
            _("There is no shop snapshot in %(place)s.") % {"place": store.location}
        )
    return found


def stored_manifest(store: Store) -> Manifest | None:
    """Return the manifest in `store`, None where there is none; raises as `read_manifest`."""
    text = store.read(NAME)
    if text is None:
        return None
    try:
        return _from_json(json.loads(text), store.location)
    except BROKEN as error:
        if isinstance(error, SnapshotError):
            raise
        message = _("The manifest of the shop snapshot in %(place)s is broken.")
        raise SnapshotError(message % {"place": store.location}) from error


def publish(manifest: Manifest, store: Store) -> None:
    """Replace the stored manifest by `manifest`: a reader sees either the old or the new one."""
    text = json.dumps(_as_json(manifest), ensure_ascii=False, separators=(",", ":"))
    store.replace(NAME, text.encode())


def _as_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": manifest.format,
        "as_of": manifest.as_of.astimezone(UTC).isoformat(),
        "wal_position": manifest.wal_position,
        "schema_version": manifest.schema_version,
        "database": manifest.database,
        "tables": {name: _table_as_json(one) for name, one in manifest.tables.items()},
        "superseded": list(manifest.superseded),
        "erased": list(manifest.erased),
    }


def _table_as_json(table: Table) -> dict[str, Any]:
    days = {day.isoformat(): list(told) for day, told in sorted(table.days.items())}
    return {
        "columns": dict(table.columns),
        "rows": table.rows,
        "sums": _texts(table.sums),
        "customer": table.customer,
        "files": [_file_as_json(file) for file in table.files],
        "identity": table.identity,
        "days": days,
    }


def _file_as_json(file: File) -> dict[str, Any]:
    ends = {"first_day": file.first_day, "last_day": file.last_day, "day": file.day}
    return {
        "path": file.path,
        "rows": file.rows,
        "bytes": file.bytes,
        **{name: day and day.isoformat() for name, day in ends.items()},
        "customers": file.customers,
        "sums": _texts(file.sums),
        "origin": file.origin,
    }


def _texts(sums: Mapping[str, int]) -> dict[str, str]:
    """Return whole numbers as texts: not every reader of JSON has more than 53 bits for one."""
    return {column: str(value) for column, value in sums.items()}


def _from_json(said: Any, place: str) -> Manifest:
    if said["format"] != FORMAT:
        message = _("The shop snapshot in %(place)s is of format %(format)s, not %(known)s.")
        raise SnapshotError(message % {"place": place, "format": said["format"], "known": FORMAT})
    as_of = datetime.fromisoformat(said["as_of"])
    if as_of.tzinfo is None:
        raise ValueError("as_of without a time zone")
    found = Manifest(
        as_of=as_of.astimezone(UTC),
        wal_position=str(said["wal_position"]),
        database=str(said["database"]),
        tables={name: _table_of(one) for name, one in said["tables"].items()},
        superseded=tuple(said["superseded"]),
        erased=tuple((int(number), str(at)) for number, at in said["erased"]),
    )
    if found.schema_version != said["schema_version"]:
        raise ValueError("columns are not those that were written")
    return found


def _table_of(said: Any) -> Table:
    return Table(
        columns=dict(said["columns"]),
        files=tuple(_file_of(one) for one in said["files"]),
        customer=said["customer"],
        identity=said["identity"],
        days={
            date.fromisoformat(day): (int(rows), str(signature))
            for day, (rows, signature) in said["days"].items()
        },
    )


def _file_of(said: Any) -> File:
    ends = [said[name] and date.fromisoformat(said[name]) for name in ("first_day", "last_day")]
    return File(
        path=said["path"],
        rows=int(said["rows"]),
        bytes=int(said["bytes"]),
        origin=said["origin"],
        sums={column: int(value) for column, value in said["sums"].items()},
        first_day=ends[0],
        last_day=ends[1],
        customers=said["customers"] and (said["customers"][0], said["customers"][1]),
    )
