"""A shop's database as a conversion reads it: tables, their prefix, rows with a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as _

from customers.imports.plan import RecognisedFile
from integrations.shops.converting.conversion import Conversion, ReadFile
from integrations.shops.files.values import is_secret
from integrations.shops.sources import refusal

if TYPE_CHECKING:
    from customers.imports.run import OnProgress
    from integrations.shops.databases.changes import Changes, EarlierRuns
    from integrations.shops.databases.connection import ShopDatabase
    from integrations.shops.databases.layouts import DatabasePlatform, TableLayout

ENCODING = "utf8mb4"
IS_NAME = re.compile(r"[A-Za-z0-9_$]{1,64}").fullmatch
# Privileges are counted by tables; a table without any is not there for us.
COLUMNS = (
    "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS"
    " WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION"
)
ESTIMATES = (
    "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
)
# So many rows are read between two reports of the progress.
BLOCK = 1_000


@dataclass
class QueryTable:
    """The rows of a query; the first column is the place, a number, and not in the header.

    `estimate` is how many rows the table has, as far as the server knows.
    """

    database: ShopDatabase
    path: str
    header: list[str]
    sql: str
    estimate: int
    progress: OnProgress | None

    def rows(self, encoding: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the place and the cells of each row."""
        count = 0
        for place, *cells in self.database.stream(self.sql):
            yield int(place), cells
            count += 1
            if self.progress and not count % BLOCK:
                self.progress(self.path, count, max(count, self.estimate))
        if self.progress:
            self.progress(self.path, count, count)


class DatabaseSource:
    """The tables of a shop, by their names without the shop's prefix, and the conversion."""

    def __init__(
        self,
        database: ShopDatabase,
        platform: DatabasePlatform,
        table_prefix: str | None,
        progress: OnProgress | None = None,
    ) -> None:
        self.database, self._progress = database, progress
        self._estimates = {name: int(count or 0) for name, count in database.query(ESTIMATES)}
        columns: dict[str, list[str]] = {}
        for table, column in database.query(COLUMNS):
            columns.setdefault(table, []).append(column)
        self.prefix = _table_prefix(columns, platform, table_prefix)
        self.columns = {
            name.removeprefix(self.prefix): found
            for name, found in columns.items()
            if name.startswith(self.prefix) and IS_NAME(name)
        }
        self.conversion: Conversion
        # When the run began, in UTC by the clock of the shop's server.
        self.began_at: str
        # The runs before that an incremental run continues; None where everything is read.
        self.earlier: EarlierRuns | None = None
        # The rows that an incremental run reads, when they are known.
        self.changes: Changes | None = None
        # By tables: the marks that the next run finds in its `earlier`.
        self.marks: dict[str, str] = {}

    def has(self, table: str, *columns: str) -> bool:
        """Return whether the table is there with these columns."""
        return table in self.columns and set(columns) <= set(self.columns[table])

    def table(self, name: str) -> str:
        """Return the name of a table as SQL writes it."""
        return f"`{self.prefix}{name}`"

    def column(self, table: str, name: str, alias: str = "t") -> str:
        """Return a column as SQL writes it; NULL where the table has none of this name."""
        return f"{alias}.`{name}`" if self.has(table, name) else "NULL"

    def rows(self, sql: str, *values: Any) -> list[list[str]]:
        """Return the rows of a small result; `values` stand for `%s`."""
        return self.database.query(sql, *values)

    def count(self, table: str, where: str = "TRUE") -> int:
        """Return how many rows a table has; 0 where it is not there."""
        if table not in self.columns:
            return 0
        ((count,),) = self.rows(f"SELECT COUNT(*) FROM {self.table(table)} AS t WHERE {where}")
        return int(count)

    def leave_out(self, what: str, why: str, *tables: str) -> None:
        """Say with its count that the rows of the first of these tables that is there stay out."""
        for table in tables:
            if count := self.count(table):
                self.conversion.plan.left_out[what, why] += count
                return

    def open(
        self,
        layout: TableLayout,
        name: str,
        key: str,
        *,
        more: Mapping[str, str] | None = None,
        joins: str = "",
        where: str = "",
        order: str = "",
    ) -> ReadFile:
        """Return the declared columns of the table `name`, called `t` in SQL, as a file to read.

        `key` is the column of whole numbers by which a row is named in problems; `more` are
        expressions by names of columns that other tables or several columns give. The rows come in
        the order of `key` unless `order` says otherwise.
        """
        more = more or {}
        own = [
            column
            for column in layout.used(self.columns[name])
            if column not in more and column != key
        ]
        selected = {
            **{column: f"t.`{column}`" for column in own},
            **({key: f"t.`{key}`"} if layout.used([key]) else {}),
            **more,
        }
        what = ", ".join(f"{sql} AS `{column}`" for column, sql in selected.items())
        sql = (
            f"SELECT t.`{key}` AS place_of_row, {what} FROM {self.table(name)} AS t {joins}"
            f" {f'WHERE {where}' if where else ''} ORDER BY {order or f't.`{key}`'}"
        )
        path = f"{self.prefix}{name}"
        used = [*selected]
        not_used = [
            one
            for one in self.columns[name]
            if one not in selected and one != key and not is_secret(one)
        ]
        entry = RecognisedFile(path, layout.name, ENCODING, "", used, not_used)
        conversion = self.conversion
        estimate = self._estimates.get(path, 0)
        table = QueryTable(self.database, path, used, sql, estimate, self._progress)
        file = ReadFile(len(conversion.files), table, layout, entry, ENCODING)
        conversion.files.append(file)
        conversion.plan.recognised.append(entry)
        return file


def pivot(
    source: DatabaseSource,
    table: str,
    owner: str,
    values: Mapping[str, str],
    *,
    alias: str,
    on: str,
    by: str = "attribute_id",
    value: str = "value",
    where: str = "TRUE",
) -> tuple[dict[str, str], str]:
    """Return columns and the join that turn rows `owner`, `by`, `value` of a table into columns.

    `values` are SQL values of `by` by the name of the column wanted. The table is grouped once, so
    that nothing depends on its indexes. `on` is the SQL of what the owner equals.
    """
    if not values:
        return {}, ""
    names = {name: f"v{number}" for number, name in enumerate(values)}
    cases = ", ".join(
        f"MAX(CASE WHEN p.`{by}` = {found} THEN p.`{value}` END) AS {names[name]}"
        for name, found in values.items()
    )
    sql = (
        f" LEFT JOIN (SELECT p.`{owner}` AS owner, {cases} FROM {source.table(table)} AS p"
        f" WHERE p.`{by}` IN ({', '.join(values.values())}) AND {where} GROUP BY p.`{owner}`)"
        f" AS {alias} ON {alias}.owner = {on}"
    )
    return {name: f"{alias}.{short}" for name, short in names.items()}, sql


def _table_prefix(
    columns: Mapping[str, Sequence[str]], platform: DatabasePlatform, wanted: str | None
) -> str:
    """Return what the names of the shop's tables begin with. Raises ImportRefused."""
    marker = platform.marker
    found = sorted(name.removesuffix(marker) for name in columns if name.endswith(marker))
    if wanted is not None:
        if wanted not in found:
            text = _("the database has no table {table}")
            raise refusal(text, table=f"{wanted}{marker}")
        return wanted
    if not found:
        text = _("the database has no tables of {platform}: no table is called {table}")
        raise refusal(text, platform=platform.title, table=marker)
    if len(found) > 1:
        names = ", ".join(f"{name}{marker}" for name in found)
        text = _("the database has several shops ({names}): say one with --table-prefix")
        raise refusal(text, names=names)
    return found[0]
