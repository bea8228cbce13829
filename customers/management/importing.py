"""The base of commands that import files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.imports.problems import ImportRefused
from customers.imports.report import ImportReport, ignored_files
from customers.imports.run import OnProgress
from customers.imports.terminal import INTERRUPTED, print_report, progress_bar

REFUSED_ROWS = Path("refused_rows.csv")


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Turn an error or interrupt that stops an import into a CommandError."""
    try:
        yield
    except ImportRefused as refusal:
        nothing = _("Nothing was imported.")
        raise CommandError(f"{refusal}\n{nothing}") from refusal
    except OSError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt as interrupt:
        message = _("Interrupted. Nothing was imported.")
        raise CommandError(message, returncode=INTERRUPTED) from interrupt


class ImportCommand(BaseCommand):
    """Imports all of a directory or nothing, with progress, a report, and the refused rows."""

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_paths(parser)
        parser.add_argument(
            "--skip-bad-rows",
            action="store_true",
            help=_("import the good rows and write the bad ones with their reasons to a CSV file"),
        )
        parser.add_argument(
            "--refused",
            type=Path,
            default=REFUSED_ROWS,
            metavar="FILE",
            help=_("that CSV file (default: %(default)s in the current directory)"),
        )

    def add_paths(self, parser: CommandParser) -> None:
        """Add the argument with the path or paths to import."""
        parser.add_argument("directory", type=Path)

    def imported(
        self,
        directory: Path,
        *,
        skip_bad_rows: Path | None,
        progress: OnProgress | None,
        options: Mapping[str, Any],
    ) -> ImportReport:
        """Import `directory`; bad rows go to the file `skip_bad_rows`, None: they refuse all.

        Subclasses override this method; the base raises NotImplementedError.
        """
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        refused_rows = options["refused"] if options["skip_bad_rows"] else None
        with all_or_nothing(), progress_bar(cast(TextIO, self.stderr._out)) as progress:
            report = self.imported(
                options["directory"],
                skip_bad_rows=refused_rows,
                progress=progress,
                options=options,
            )
        if not report.files:
            nothing = _("There is no file to import in “{path}”. Nothing was imported.")
            message = nothing.format(path=options["directory"])
            raise CommandError("\n".join([*ignored_files(report), message]))
        self.print_end(report, refused_rows)

    def print_end(self, report: ImportReport, refused_rows: Path | None) -> None:
        """Print what became of each file, and where the refused rows are."""
        print_report(report, cast(TextIO, self.stdout._out))
        if refused_rows and report.refused:
            message = ngettext(
                "{count} row was refused: see {file}",
                "{count} rows were refused: see {file}",
                report.refused,
            )
            self.stdout.write(message.format(count=f"{report.refused:,}", file=refused_rows))
