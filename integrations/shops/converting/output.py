"""Our own CSV files as a conversion writes them, and where each of their rows came from."""

import csv
import io
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, count
from pathlib import Path
from types import MappingProxyType

ORIGIN = struct.Struct("<QqQ")
IS_GUEST = re.compile(r"guest-[0-9a-f]{20}").fullmatch
# Columns that hold identifiers of one source, between which a second source needs a prefix.
NUMBERS = {
    "customers": ("id",),
    "addresses": ("customer",),
    "newsletter_subscriptions": ("customer",),
    "logins": ("customer",),
    "orders": ("number", "customer"),
    "order_items": ("order",),
    "refunds": ("number", "order", "customer"),
    "refund_items": ("refund",),
    "carts": ("id", "customer"),
    "cart_items": ("cart",),
    "wishlists": ("customer",),
    "wishlist_items": ("customer",),
    "product_views": ("customer",),
}
CODES = {
    "websites": ("code",),
    "stores": ("code", "website"),
    "customers": ("website", "store"),
    "newsletter_subscriptions": ("store",),
    "categories": ("code", "parent"),
    "products": ("categories",),
    "orders": ("store",),
    "carts": ("store",),
}
# Rows are written in blocks of so many.
ROWS_TOGETHER = 500
# Website and store of ours that rows without any belong to.
OURS = "default"


class OutputTable:
    """One of our files: rows with these columns, identifiers with the prefix of the source."""

    def __init__(self, folder: Path, table: str, columns: Sequence[str], prefix: str) -> None:
        self.columns = columns
        self.count = 0
        self._stream = (folder / f"{table}.csv").open("w", encoding="utf-8", newline="")
        self._origins_path = folder / f"{table}.origins"
        self._origins = self._origins_path.open("wb")
        csv.writer(self._stream, lineterminator="\n").writerow(columns)
        # Rows that are not written yet, file and place of each, and the line of the first one.
        self._rows: list[list[str | None]] = []
        self._places: list[tuple[int, int]] = []
        self._line = 2
        self._numbers = [one for one in NUMBERS.get(table, ()) if prefix and one in columns]
        self._codes = [one for one in CODES.get(table, ()) if prefix and one in columns]
        self._prefix = prefix

    def write(
        self,
        values: Mapping[str, str],
        file: int,
        place: int,
        stored: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write a row that came from the row at `place` of the file number `file` (-1: none).

        `stored` are further values of the row, which get no prefix.
        """
        if self._prefix:
            values = self._prefix_numbers(values)
        if stored:
            values = {**values, **stored}
        self._rows.append([*map(values.get, self.columns)])
        self._places.append((file, place))
        self.count += 1
        if len(self._rows) >= ROWS_TOGETHER:
            self._write_rows()

    def flush(self) -> None:
        """Make the rows written so far readable in the file."""
        self._write_rows()
        self._stream.flush()

    def close(self) -> None:
        """Finish the file."""
        if not self._stream.closed:
            self._write_rows()
        self._stream.close()
        self._origins.close()

    def origin(self, line: int) -> tuple[int, int] | None:
        """Return the file and the place from which the row at `line` came."""
        with self._origins_path.open("rb") as stream:
            low, high = 0, self.count
            while low < high:
                middle = (low + high) // 2
                stream.seek(middle * ORIGIN.size)
                at, file, place = ORIGIN.unpack(stream.read(ORIGIN.size))
                if at == line:
                    return (file, place) if file >= 0 else None
                if at < line:
                    low = middle + 1
                else:
                    high = middle
        return None

    def _write_rows(self) -> None:
        rows, self._rows = self._rows, []
        places, self._places = self._places, []
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        written = text.getvalue()
        self._stream.write(written)
        lines: Iterable[int] = count(self._line)
        if written.count("\n") > len(rows):
            breaks = (1 + sum(cell.count("\n") for cell in row if cell) for row in rows)
            lines = accumulate(breaks, initial=self._line)
        origins = (ORIGIN.pack(line, *place) for line, place in zip(lines, places, strict=False))
        self._origins.write(b"".join(origins))
        self._line += written.count("\n")

    def _prefix_numbers(self, values: Mapping[str, str]) -> dict[str, str]:
        found = dict(values)
        for column in self._numbers:
            if (number := found.get(column)) and not IS_GUEST(number):
                found[column] = f"{self._prefix}:{number}"
        for column in self._codes:
            codes = filter(None, found.get(column, "").split("|"))
            found[column] = "|".join(
                code if code == OURS else f"{self._prefix}-{code}" for code in codes
            )
        return found
