"""Readers of other shops' files, hung in by `READERS`: each makes our own files of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise

from core.registries import Registry
from customers.imports.plan import ImportPlan
from customers.imports.problems import ImportProblem
from customers.imports.refused_rows import KeepRefused, NoteRefused
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress


@dataclass(frozen=True)
class ConvertedShop:
    """A shop that was written as a directory of our own files.

    `prepare` is called in the transaction of the import before any file is read. `locate` turns a
    problem of one of these files into a problem of the file that it came from.
    `finish` is called in the transaction of the import when all rows are stored; its ImportRefused
    undoes the import. `keep_refused` writes the rows of the shop's own files that the problems are
    of to a CSV file (`imports.refused_rows` has the header), in the transaction, too.
    `note_refused` gets the problems of all refused rows before `finish`, also of a dry run.
    """

    directory: Path
    locate: Callable[[ImportProblem], ImportProblem]
    finish: Callable[[ImportReport], None]
    keep_refused: KeepRefused
    prepare: Callable[[], None] = lambda: None
    note_refused: NoteRefused | None = None


@dataclass(frozen=True)
class UploadPage:
    """The page of the admin where people upload what a reader recognises.

    `address` is its name, `reads` one sentence about whose files are read there. It needs the
    permission `customers.import_shop`.
    """

    address: str
    title: str | Promise
    reads: str | Promise


@dataclass(frozen=True)
class ShopReader:
    """Something that recognises files.

    `add_arguments` adds options to `import_shop`. `open` gets the paths, all options of the
    command, the plan, which it fills with what is recognised, derived and left out, and the
    progress; the value of its context is None where none of the files is recognised. It raises
    ImportRefused, and OSError.
    """

    name: str
    add_arguments: Callable[[CommandParser], None]
    open: Callable[
        [Sequence[Path], Mapping[str, Any], ImportPlan, OnProgress | None],
        AbstractContextManager[ConvertedShop | None],
    ]
    page: UploadPage | None = None


READERS: Registry[ShopReader] = Registry("reader of shops")


def upload_pages() -> list[UploadPage]:
    """Return the pages of the admin on which files are uploaded."""
    return [reader.page for reader in READERS if reader.page is not None]
