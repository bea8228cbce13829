"""Importing files of one directory that belong together: all of them or nothing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from difflib import get_close_matches
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.refused_rows import (
    KeepRefused,
    NoteRefused,
    all_refusals,
    write_refused_rows,
)
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, Run
from customers.imports.staging.source_files import PACKED, plain_name, source_files
from customers.imports.storing.sql import Sql
from customers.imports.tables import Table

# Files that hold tables, whatever their names.
TABLE_SUFFIXES = frozenset({".csv", PACKED, ".xlsx", ".xls", ".ods", ".tsv"})
# How alike two names have to be (`difflib`, 0 to 1).
LIKENESS = 0.8


class _DryRunEnded(Exception):
    """Everything that a dry run did is rolled back."""


def import_directory(
    directory: Path,
    tables: Sequence[Table],
    store: Callable[[Run], None],
    *,
    around: Callable[[Run], AbstractContextManager[None]] = lambda run: nullcontext(),
    is_dry: bool = False,
    skip_bad_rows: Path | None = None,
    progress: OnProgress | None = None,
    before_commit: Callable[[ImportReport], None] | None = None,
    locate: Callable[[ImportProblem], ImportProblem] | None = None,
    keep_refused: KeepRefused | None = None,
    note_refused: NoteRefused | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> ImportReport:
    """Let `store` import the CSV files of `tables` that are in `directory`, in one transaction.

    Raises ImportRefused, with nothing written, where a row is bad or a table has two files; with
    `skip_bad_rows` the good rows are imported and the bad ones are written to that CSV file. Raises
    NotADirectoryError, and FileExistsError where that file is one of those to be imported.
    `progress` is called with file, bytes read and bytes in all; `around` is left before the
    transaction ends, by the refusal where there is one. `before_commit` is called with the report
    in the transaction; its error undoes the import. With `is_dry` all is undone after
    `before_commit`, which is then called before `around` ends: the end of a real import computes
    what no report needs. `locate` says of what other file's row a
    problem of a row is; `keep_refused` writes the refused rows in place of `write_refused_rows`.
    `note_refused` gets their problems before `before_commit` is called, of a dry run, too.
    """
    if not directory.is_dir():
        raise NotADirectoryError(_("There is no directory “{path}”.").format(path=directory))
    sources = source_files(directory, tables)
    files = [*sources.values(), *(directory / table.file for table in tables)]
    if skip_bad_rows and skip_bad_rows.resolve() in {file.resolve() for file in files}:
        message = _("“{path}” is a file of the shop: the refused rows go into another one.")
        raise FileExistsError(message.format(path=skip_bad_rows))
    connection = connections[using]
    connection.ensure_connection()
    with (
        suppress(_DryRunEnded),
        Sql(connection).waiting_long(),
        transaction.atomic(using=using),
    ):
        Sql(connection).prepare()
        run = Run(connection, sources, progress, tables)
        with around(run):
            store(run)
            problems, total = run.refusals.problems()
            located = [*map(locate, problems)] if locate else problems
            if run.refusals.broken or (problems and skip_bad_rows is None):
                raise ImportRefused(located, total)
            run.report.problems, run.report.problem_count = located, total
            if skip_bad_rows is not None and note_refused is not None:
                note_refused(all_refusals(run))
            names = [table.file for table in tables]
            run.report.files.sort(key=lambda file: names.index(file.file))
            if is_dry:
                if before_commit is not None:
                    before_commit(run.report)
                raise _DryRunEnded
        if before_commit is not None:
            before_commit(run.report)
        if skip_bad_rows is not None:
            if keep_refused is not None:
                keep_refused(all_refusals(run), skip_bad_rows)
            else:
                write_refused_rows(run, skip_bad_rows)
    return run.report


def other_files(directory: Path, tables: Sequence[Table]) -> dict[str, str]:
    """Return the files in `directory` that belong to none of `tables`, with the name meant.

    The name meant is `''` where no name of a table is similar.
    """
    names = {table.file: table.name for table in tables}
    others = sorted(
        path.name
        for path in directory.iterdir()
        if path.suffix.lower() in TABLE_SUFFIXES and plain_name(path) not in names
    )
    return {name: _likely_file(name, list(names.values())) for name in others}


def _likely_file(file: str, names: Sequence[str]) -> str:
    stem = file.lower().partition(".")[0].replace("-", "_").replace(" ", "_")
    parts = sorted((name for name in names if name in stem), key=len, reverse=True)
    meant = parts or get_close_matches(stem, names, 1, LIKENESS)
    return f"{meant[0]}.csv" if meant else ""
