"""The CSV files of a generated shop, written side by side."""

import csv
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from customers.imports.tables import CONSENTS, TABLES

BUFFER_BYTES = 1 << 18
CUSTOM = {
    "customers": ("loyalty_level", "favourite_colour", "shoe_size", "member_since", "is_business"),
    "products": ("brand", "colour", "weight", "sustainable"),
}
# The columns that a generated shop leaves to the importer's defaults.
LEFT_OUT = {
    "products": {"created_at"},
    "order_items": {"row_total_incl_tax"},
    "carts": {"items_count", "items_quantity"},
}

Write = Callable[[Iterable[Any]], Any]


class ShopFiles:
    """One open file for each of the importer's tables; `write["orders"](cells)` adds a row."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = ExitStack()
        self.write: dict[str, Write] = {}

    def __enter__(self) -> "ShopFiles":
        for table in TABLES:
            if table is CONSENTS:
                continue  # Nobody in it has been asked.
            path = self._directory / table.file
            stream = self._stack.enter_context(
                path.open("w", encoding="utf-8", newline="", buffering=BUFFER_BYTES)
            )
            self.write[table.name] = csv.writer(stream, lineterminator="\n").writerow
            self.write[table.name](columns(table.name))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()


def columns(name: str) -> list[str]:
    """Return the columns of a file in the order in which rows are written."""
    table = next(table for table in TABLES if table.name == name)
    plain = [column for column in table.columns if column not in LEFT_OUT.get(name, ())]
    return plain + [f"attributes.{code}" for code in CUSTOM.get(name, ())]
