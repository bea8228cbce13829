"""The file of a bulk operation (JSON Lines) as whole objects, in constant memory."""

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext_noop as _

from integrations.shops.apis.client import ApiFailure
from integrations.shops.apis.platforms import ShopObject

PARENT = "__parentId"
# Of the names of lists by the type in an object's id.
LISTS = {
    "LineItem": "lineItems",
    "ProductVariant": "variants",
    "Collection": "collections",
    "Metafield": "metafields",
}
TAIL = 1 << 16
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
DROP TABLE IF EXISTS objects;
DROP TABLE IF EXISTS children;
CREATE TABLE objects (position INTEGER PRIMARY KEY, id TEXT UNIQUE, line TEXT);
CREATE TABLE children (parent TEXT, position INTEGER, line TEXT, PRIMARY KEY (parent, position))
    WITHOUT ROWID;
"""


class BulkFile:
    """The objects of one bulk operation, children below their parents, in a SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "bulk.sqlite3", isolation_level=None)

    def load(self, lines: BinaryIO) -> int:
        """Replace the objects by those of a file; return how many are at the top.

        A child may stand anywhere in the file. Raises ApiFailure for a line that is no object.
        """
        self._db.executescript(SCHEMA)
        self._db.execute("BEGIN")
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            found = _object(line)
            if found is None or not isinstance(found.get("id"), str):
                raise ApiFailure(_("line {number} of the result is no object"), number=number)
            text = line.decode()
            if parent := found.get(PARENT):
                query = "INSERT INTO children VALUES (?, ?, ?)"
                self._db.execute(query, (parent, number, text))
            else:
                query = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)"
                self._db.execute(query, (number, found["id"], text))
        self._db.execute("COMMIT")
        return int(self._db.execute("SELECT COUNT(*) FROM objects").fetchone()[0])

    def objects(self, start: int) -> Iterator[tuple[int, ShopObject]]:
        """Yield line numbers from `start` on with their objects, each with lists of its children.

        Numbers with a fraction are texts, and the ids of objects their numbers alone.
        """
        query = "SELECT position, id, line FROM objects WHERE position >= ? ORDER BY position"
        children = "SELECT line FROM children WHERE parent = ? ORDER BY position"
        for position, name, line in self._db.execute(query, (start,)):
            found = _parse_line(line)
            for (below,) in self._db.execute(children, (name,)):
                child = _parse_line(below)
                kind = type_of(child["id"])
                found.setdefault(LISTS.get(kind, kind), []).append(child)
            found["id"] = number_of(name)
            yield position, found

    def close(self) -> None:
        """Close the SQLite file."""
        self._db.close()


def is_whole(lines: BinaryIO, size: int) -> bool:
    """Return whether a file has `size` bytes (0: unknown) and ends with a whole object.

    The position is at the end afterwards.
    """
    end = lines.seek(0, os.SEEK_END)
    if end < size:
        return False
    tail, length = b"", 0
    while length < end and b"\n" not in tail.rstrip():
        length = min(length + TAIL, end)
        lines.seek(end - length)
        tail = lines.read()
    last = tail.rstrip().rpartition(b"\n")[2]
    lines.seek(0, os.SEEK_END)
    return not last or _object(last) is not None


def number_of(gid: Any) -> int:
    """Return the number at the end of an id. Raises ApiFailure where there is none."""
    text = str(gid).partition("?")[0].rpartition("/")[2]
    if not (text.isascii() and text.isdigit()):
        raise ApiFailure(_("“{text}” is no id of an object"), text=str(gid))
    return int(text)


def type_of(gid: Any) -> str:
    """Return the type in an id: `LineItem` of gid://shopify/LineItem/1."""
    return str(gid).rpartition("/")[0].rpartition("/")[2]


def _parse_line(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line, parse_float=str)
    return found


def _object(line: bytes) -> dict[str, Any] | None:
    """Return the object in a line; None where the line is no whole object."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
