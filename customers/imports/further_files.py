"""Files of a shop's directory that other apps read, after all of ours; hung in by `FILES`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.registries import Registry
from customers.imports.run import Run
from customers.imports.tables import TABLES, Table


@dataclass(frozen=True)
class FurtherFile:
    """A file with its columns, and what imports its rows in the transaction of the import."""

    table: Table
    load: Callable[[Run], None]

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.table.name


FILES: Registry[FurtherFile] = Registry("file of a shop")


def all_tables() -> Sequence[Table]:
    """Return the files of a shop in the order of their import."""
    return (*TABLES, *(one.table for one in FILES))
