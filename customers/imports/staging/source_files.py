"""The files of a directory that are imported: found by their names, opened packed or not."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.tables import Table

PACKED = ".gz"


def source_files(directory: Path, tables: Sequence[Table]) -> dict[str, Path]:
    """Return the files of `directory` by the name of the table that they are read as.

    `customers.csv` may be called `Customers.CSV` or `customers.csv.gz`. Raises ImportRefused where
    a table has two files.
    """
    names = {table.file: table.name for table in tables}
    found: dict[str, Path] = {}
    problems = []
    for path in sorted(directory.iterdir()):
        name = names.get(plain_name(path))
        if name is None:
            continue
        if name in found:
            problems.append(ImportProblem(path.name, None, "", "file_twice", found[name].name))
        found[name] = path
    if problems:
        raise ImportRefused(problems, len(problems))
    return found


@contextmanager
def open_source(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file for reading; yield its text, and the file itself, which may be packed."""
    with path.open("rb") as stored:
        if path.suffix.lower() != PACKED:
            yield stored, stored
            return
        with gzip.open(stored) as unpacked:
            yield cast(IO[bytes], unpacked), stored


def plain_name(path: Path) -> str:
    """Return the name by which a file is looked for: in lower case, without `.gz`."""
    return path.name.lower().removesuffix(PACKED)
