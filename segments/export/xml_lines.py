"""Members as one well-formed XML 1.0 document."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

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


def xml_head(root: str, segment: Segment, **more: str) -> bytes:
    """Return the declaration and the opening tag `root`, which says what the rows are."""
    attributes = {
        "code": segment.code,
        "name": segment.name,
        "as_of": WRITTEN[CellType.DATETIME](segment.as_of) if segment.as_of else "",
        "version": str(segment.version),
        **more,
    }
    written = xml_attributes(attributes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{written}>\n'.encode()


def xml_attributes(values: Mapping[str, str]) -> str:
    """Return attributes of these names, which are ours, with a blank before each."""
    return "".join(f' {name}="{value.translate(_ATTRIBUTE)}"' for name, value in values.items())


def xml_elements(columns: Sequence[Column], values: Sequence[Any]) -> str:
    """Return an element for each of `columns` with its value; empty where there is none."""
    return "".join(
        f"<{column.name}>{'' if value is None else WRITTEN[column.type](value).translate(_TEXT)}"
        f"</{column.name}>"
        for column, value in zip(columns, values, strict=True)
    )


def xml_lines(members: QuerySet[Membership], columns: list[Column]) -> Generator[bytes, None, None]:
    """Yield one `customer` element for each of `members`; its id is an attribute."""
    elements = [column for column in columns if column.name != "id"]
    rows = selected(members, [COLUMNS["id"], *elements])
    for number, *values in rows.iterator(chunk_size=ROWS_PER_READ):
        identity = xml_attributes({"id": number})
        yield f"<customer{identity}>{xml_elements(elements, values)}</customer>\n".encode()


def xml_foot(root: str, rows: int) -> bytes:
    """Return the number of rows and the end of the document."""
    return f"<count>{rows}</count>\n</{root}>\n".encode()
