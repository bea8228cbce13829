"""Members as one well-formed XML 1.0 document."""

from collections.abc import Generator

from django.db.models import QuerySet

from segments.export.cells import WRITTEN
from segments.export.columns import COLUMNS, ROWS_PER_READ, CellType, Column, selected
from segments.models import Membership, Segment

# What XML forbids is left out; what a parser would read otherwise is written as a reference.
_FORBIDDEN = [*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
_TEXT: dict[int, str | None] = {
    **dict.fromkeys(_FORBIDDEN),
    ord("\t"): "\t",
    ord("\n"): "\n",
    ord("\r"): "&#13;",
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
}
_ATTRIBUTE = {**_TEXT, ord("\t"): "&#9;", ord("\n"): "&#10;", ord('"'): "&quot;"}


def xml_head(segment: Segment) -> bytes:
    """Return the declaration and the opening tag, which says what the rows are."""
    attributes = {
        "code": segment.code,
        "name": segment.name,
        "as_of": WRITTEN[CellType.DATETIME](segment.as_of) if segment.as_of else "",
        "version": str(segment.version),
    }
    written = "".join(
        f' {name}="{value.translate(_ATTRIBUTE)}"' for name, value in attributes.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<segment{written}>\n'.encode()


def xml_lines(members: QuerySet[Membership], columns: list[Column]) -> Generator[bytes, None, None]:
    """Yield one `customer` element for each of `members`; its id is an attribute."""
    elements = [column for column in columns if column.name != "id"]
    writers = [(column.name, WRITTEN[column.type]) for column in elements]
    rows = selected(members, [COLUMNS["id"], *elements])
    for number, *values in rows.iterator(chunk_size=ROWS_PER_READ):
        cells = "".join(
            f"<{name}>{'' if value is None else write(value).translate(_TEXT)}</{name}>"
            for value, (name, write) in zip(values, writers, strict=True)
        )
        yield f'<customer id="{number.translate(_ATTRIBUTE)}">{cells}</customer>\n'.encode()


def xml_foot(rows: int) -> bytes:
    """Return the number of rows and the end of the document."""
    return f"<count>{rows}</count>\n</segment>\n".encode()
