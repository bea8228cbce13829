"""Importing files of one directory that belong together: all of them or nothing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from customers.imports.problems import ImportRefused
from customers.imports.refused_rows import write_refused_rows
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, Run
from customers.imports.sql import Sql
from customers.imports.tables import Table


def import_directory(
    directory: Path,
    tables: Sequence[Table],
    store: Callable[[Run], None],
    *,
    around: Callable[[Run], AbstractContextManager[None]] = lambda run: nullcontext(),
    skip_bad_rows: Path | None = None,
    progress: OnProgress | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> ImportReport:
    """Let `store` import the CSV files of `tables` that are in `directory`, in one transaction.

    Raises ImportRefused, with nothing written, where a row is bad; with `skip_bad_rows` the good
    rows are imported and the bad ones are written to that CSV file. Raises NotADirectoryError, and
    FileExistsError where that file is one of those to be imported.
    `progress` is called with file, bytes read and bytes in all; `around` is left before the
    transaction ends, by the refusal where there is one.
    """
    if not directory.is_dir():
        raise NotADirectoryError(_("There is no directory “{path}”.").format(path=directory))
    sources = {(directory / table.file).resolve() for table in tables}
    if skip_bad_rows and skip_bad_rows.resolve() in sources:
        message = _("“{path}” is a file of the shop: the refused rows go into another one.")
        raise FileExistsError(message.format(path=skip_bad_rows))
    connection = connections[using]
    connection.ensure_connection()
    with Sql(connection).waiting_long(), transaction.atomic(using=using):
        Sql(connection).prepare()
        run = Run(connection, directory, progress, tables)
        with around(run):
            store(run)
            problems, total = run.refusals.problems()
            if run.refusals.broken or (problems and skip_bad_rows is None):
                raise ImportRefused(problems, total)
        if skip_bad_rows is not None:
            write_refused_rows(run, skip_bad_rows)
    run.report.files.sort(key=lambda report: [table.file for table in tables].index(report.file))
    return run.report


def other_files(directory: Path, tables: Sequence[Table]) -> list[str]:
    """Return the names of the CSV files in `directory` that are none of `tables`."""
    known = {table.file for table in tables}
    return sorted(path.name for path in directory.glob("*.csv") if path.name not in known)
