"""How an import shows itself on a terminal: a progress bar, a table at the end, the problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from customers.imports.report import ImportReport, ignored_files
from customers.imports.run import OnProgress

# The exit status of a command that Ctrl-C has ended, as shells have it.
INTERRUPTED = 130
COLUMNS = ("read", "created", "updated", "unchanged", "refused")
RARE = ("older", "erased", "declined")


@contextmanager
def progress_bar(stream: TextIO) -> Iterator[OnProgress | None]:
    """Show how far each file is read, on a terminal only."""
    console = Console(file=stream)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total or None)
            bar.update(tasks[file], completed=done)

        yield tell


def print_report(report: ImportReport, stream: TextIO) -> None:
    """Print a row for each file that was there; what is rare is a column where there is any."""
    headings = {
        "read": _("read"),
        "created": pgettext("rows", "created"),
        "updated": pgettext("rows", "updated"),
        "unchanged": pgettext("rows", "unchanged"),
        "refused": pgettext("rows", "refused"),
        "older": _("older"),
        "erased": _("erased"),
        "declined": _("no consent"),
    }
    table = Table()
    table.add_column(_("file"))
    rare = [name for name in RARE if any(getattr(file, name) for file in report.files)]
    columns = (*COLUMNS, *rare)
    for column in columns:
        table.add_column(headings[column], justify="right")
    for file in report.files:
        table.add_row(file.file, *(f"{getattr(file, column):,}" for column in columns))
    # Wide enough for every figure where the output is no terminal.
    console = Console(file=stream)
    if not console.is_terminal:
        console.width = 120
    console.print(table)
    for line in ignored_files(report):
        stream.write(f"{line}\n")
