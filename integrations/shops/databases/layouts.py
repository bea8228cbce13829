"""Tables of shops' databases; the mapping of their columns is declared like that of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.registries import Registry
from integrations.shops.files.layouts import Layout

if TYPE_CHECKING:
    from customers.imports.report import ImportReport
    from integrations.shops.databases.source import DatabaseSource


@dataclass(frozen=True)
class TableLayout(Layout):
    """A table of a database, named PLATFORM.TABLE or PLATFORM.TABLE.PART.

    Columns that a database lacks are missing. `older` is the table's name in the older version of
    the platform.
    """

    older: str = ""

    @property
    def table_name(self) -> str:
        """The name of the table without the prefix of the shop."""
        return self.name.split(".")[1]


@dataclass(frozen=True)
class DatabasePlatform:
    """A kind of shop whose database is read.

    `marker` is a table by which the prefix of the shop's tables is found. `source_of` returns the
    name under which ids mean the same things; `convert` writes our files and may return a
    function, which the import calls in its transaction when all rows are stored.
    """

    name: str
    title: str
    marker: str
    layouts: tuple[TableLayout, ...]
    source_of: Callable[[DatabaseSource], str]
    convert: Callable[[DatabaseSource], Callable[[ImportReport], None] | None]
    # Whether the database states the website of each customer.
    knows_websites: bool = False


DATABASES: Registry[DatabasePlatform] = Registry("database of shops")
