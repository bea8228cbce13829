"""Members as lines of CSV (RFC 4180): formatted by PostgreSQL or, identically, in Python."""

from collections.abc import Callable, Generator, Iterable
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from conditions.sql.statement import statement_of
from core.text.formulas import BREAKS, GUARD, SIGNS, UNSEEN, guard_formula
from segments.export.columns import ROWS_PER_READ, CellType, Column, select_columns
from segments.export.formats.cells import WRITTEN
from segments.models import Membership

BOM = b"\xef\xbb\xbf"
END = b"\r\n"


def csv_head(columns: Iterable[Column], *, bom: bool) -> bytes:
    """Return the header line; with `bom`, after a byte order mark."""
    return (BOM if bom else b"") + csv_line(column.name for column in columns)


def csv_line(cells: Iterable[str]) -> bytes:
    """Return the CSV line of these formatted cells."""
    return ",".join(map(_quote_cell, cells)).encode() + END


def csv_lines(
    members: QuerySet[Membership], columns: list[Column], *, raw: bool
) -> Generator[bytes, None, None]:
    """Yield one line for each of `members`; without `raw`, texts are guarded against formulas."""
    if connections[members.db].vendor == "postgresql":
        return copied_lines(members, columns, raw=raw)
    return formatted_lines(members, columns, raw=raw)


def formatted_lines(
    members: QuerySet[Membership], columns: list[Column], *, raw: bool
) -> Generator[bytes, None, None]:
    """Yield the lines, formatted in Python."""
    writers = csv_writers(columns, raw=raw)
    for row in select_columns(members, columns).iterator(chunk_size=ROWS_PER_READ):
        yield csv_line(
            "" if value is None else write(value) for value, write in zip(row, writers, strict=True)
        )


def csv_writers(columns: Iterable[Column], *, raw: bool) -> list[Callable[[Any], str]]:
    """Return the function that formats the values of each column."""
    return [
        guard_formula if column.type is CellType.TEXT and not raw else WRITTEN[column.type]
        for column in columns
    ]


def copied_lines(
    members: QuerySet[Membership], columns: list[Column], *, raw: bool
) -> Generator[bytes, None, None]:
    """Yield the lines, formatted by PostgreSQL's COPY, which takes a fraction of the time."""
    connection: Any = connections[members.db]
    inner = connection.ops.compose_sql(*statement_of(select_columns(members, columns)))
    cells = ", ".join(
        _sql_cell(f"c{index}", column.type, raw=raw) for index, column in enumerate(columns)
    )
    statement = f"COPY (SELECT {cells} FROM ({inner}) m) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        # libpq returns one row at a time, which ends with LF; RFC 4180 wants CRLF.
        for line in copy:
            yield bytes(line[:-1]) + END


def _quote_cell(text: str) -> str:
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _sql_cell(name: str, cell_type: CellType, *, raw: bool) -> str:
    if cell_type is CellType.TEXT:
        # COPY would write "" for an empty text, unlike for NULL; here both are an empty cell.
        if raw:
            return f"nullif({name}, '')"
        breaks, signs = (", ".join(map(sql_text, characters)) for characters in (BREAKS, SIGNS))
        bare = f"ltrim({name}, {sql_text(GUARD)})"
        # The first branch is fast, and most texts begin with a letter or a digit.
        return (
            f"CASE WHEN ascii({name}) BETWEEN 97 AND 122 OR ascii({name}) BETWEEN 65 AND 90 "
            f"OR ascii({name}) BETWEEN 48 AND 57 THEN {name} "
            f"WHEN left({bare}, 1) IN ({breaks}) "
            f"OR left(ltrim({bare}, {sql_text(UNSEEN)}), 1) IN ({signs}) "
            f"THEN '''' || {name} ELSE nullif({name}, '') END"
        )
    return WRITTEN_IN_SQL[cell_type].format(name)


WRITTEN_IN_SQL = {
    CellType.TEXT: "{0}",
    CellType.INTEGER: "{0}::text",
    CellType.NUMBER: "trim_scale({0}::numeric / 10000)::text",
    CellType.DATE: "to_char({0}, 'YYYY-MM-DD')",
    CellType.DATETIME: "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    CellType.BOOLEAN: "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
}


def sql_text(text: str) -> str:
    """Return `text`, a constant of the product, as an SQL literal for PostgreSQL."""
    return "E'" + "".join(f"\\u{ord(character):04x}" for character in text) + "'"
