"""The refused rows of one import, kept in a temporary table so that any number of them may be."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from customers.imports.problems import REPORTED_AT_MOST, ImportProblem, shorten_cell, storable
from customers.imports.tables import Table

BATCH = 1_000
# Rows about an erased customer are left out with their child rows, and are no problem.
ERASED = "erased"
NO_PROBLEM = f"('follows', '{ERASED}')"
# No key that could be stored is longer.
KEY_CHARACTERS = 300
INSERT = (
    'INSERT INTO import_refused (file, line, row_key, "column", code, value)'
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


class Refusals:
    """Refused rows and reasons; `follows` is a consequence of another refusal, not reported."""

    def __init__(self, connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
        self._connection = connection
        self._tables = tables
        self._waiting: list[tuple[str, int, str | None, str, str, str]] = []
        self.broken: list[ImportProblem] = []
        self.keys: dict[str, set[str]] = defaultdict(set)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_refused")
            cursor.execute(
                "CREATE TEMPORARY TABLE import_refused (file text, line bigint, row_key text,"
                ' "column" text, code text, value text)'
            )

    def add(
        self, table: Table, line: int, column: str, code: str, value: str, key: str | None = None
    ) -> None:
        """Refuse the row on `line`; `key` lets the rows that name it be refused with it."""
        value = shorten_cell(value)
        key = key and storable(key[:KEY_CHARACTERS])
        self._waiting.append((table.name, line, key, column, code, value))

    @property
    def are_many(self) -> bool:
        """Whether enough refusals wait to be written as a batch."""
        return len(self._waiting) >= BATCH

    def add_selected(self, table: Table, column: str, code: str, select: str) -> int:
        """Refuse the rows of `select` (line, row_key, code or null, value); return how many."""
        self.flush()
        with self._connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO import_refused (file, "column", line, row_key, code, value) '
                f"SELECT '{table.name}', '{column}', found.line, found.row_key,"
                f" COALESCE(found.code, '{code}'), SUBSTR(found.value, 1, 100)"
                f" FROM ({select}) AS found (line, row_key, code, value)"
                if self._connection.vendor == "postgresql"
                else 'INSERT INTO import_refused (file, "column", line, row_key, code, value) '
                f"WITH found (line, row_key, code, value) AS ({select}) "
                f"SELECT '{table.name}', '{column}', line, row_key,"
                f" COALESCE(code, '{code}'), SUBSTR(value, 1, 100) FROM found"
            )
            return int(cursor.rowcount)

    def flush(self) -> None:
        """Write the waiting refusals."""
        if self._waiting:
            with self._connection.cursor() as cursor:
                cursor.executemany(INSERT, self._waiting)
            self._waiting.clear()

    def count(self, table: Table, *, erased: bool = False) -> int:
        """Return how many rows of a file are refused, or are left out with the erased."""
        self.flush()
        is_one = "=" if erased else "<>"
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(DISTINCT line) FROM import_refused"
                f" WHERE file = %s AND code {is_one} '{ERASED}'",
                [table.name],
            )
            return int(cursor.fetchone()[0])

    def problems(self) -> tuple[list[ImportProblem], int]:
        """Return the first hundred problems, in the order of files and lines, and their number."""
        found = list(self.broken[:REPORTED_AT_MOST])
        for table in self._tables:
            room = REPORTED_AT_MOST - len(found)
            if room > 0:
                found += [
                    problem
                    for _, problem in self._rows(table, f"AND code NOT IN {NO_PROBLEM}", room)
                ]
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM import_refused WHERE code NOT IN {NO_PROBLEM}")
            return found, int(cursor.fetchone()[0]) + len(self.broken)

    def by_line(self, table: Table) -> Iterator[tuple[int, ImportProblem]]:
        """Yield every refusal of a file, by line."""
        return self._rows(table, f"AND code <> '{ERASED}'")

    def _rows(
        self, table: Table, where: str = "", limit: int | None = None
    ) -> Iterator[tuple[int, ImportProblem]]:
        self.flush()
        after, end = 0, False
        while not end:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    'SELECT line, "column", code, value FROM import_refused'
                    f" WHERE file = '{table.name}' {where} AND line > {after}"
                    f' ORDER BY line, "column" LIMIT {limit or 10 * BATCH}'
                )
                rows = cursor.fetchall()
            end = limit is not None or len(rows) < 10 * BATCH
            if not end:
                # The last line may have more refusals: it comes again with the next block.
                last = rows[-1][0]
                rows = [row for row in rows if row[0] < last] or rows
            for line, column, code, value in rows:
                after = line
                yield line, ImportProblem(table.file, line, column, code, value)
