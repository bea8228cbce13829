"""The command that imports a shop: a directory of our CSV files, or files of other systems."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from customers.imports.pipeline import Outcome, open_files, run_import
from customers.imports.plan import PROBLEMS_SHOWN, ImportPlan
from customers.imports.problems import ImportRefused
from customers.imports.readers import READERS, ConvertedShop
from customers.imports.report import ignored_files
from customers.imports.run import OnProgress
from customers.imports.terminal import progress_bar
from customers.management.importing import ImportCommand, all_or_nothing


class Command(ImportCommand):
    help = _("Imports the files of a shop: all of them, or nothing where a row is bad.")

    def add_paths(self, parser: CommandParser) -> None:
        parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-empty-tables",
            action="store_true",
            help=_(
                "for a shop's first import: PostgreSQL fills tables that have no rows yet faster, "
                "but pages that ask for customers wait until it is over"
            ),
        )
        parser.add_argument(
            "--dry-run", action="store_true", help=_("show what would be done; write nothing")
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help=_("write what was recognised and done to this JSON file"),
        )
        parser.add_argument(
            "--yes", action="store_true", help=_("import without asking on a terminal")
        )
        self.add_reader_arguments(parser)

    def add_reader_arguments(self, parser: CommandParser) -> None:
        """Add the options of the readers of other shops' files."""
        for reader in READERS:
            reader.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = Outcome()
        if options["report"] and not options["report"].absolute().parent.is_dir():
            message = _("There is no directory “{path}”.")
            raise CommandError(message.format(path=options["report"].parent))
        try:
            with all_or_nothing():
                self._handle(options, outcome)
        finally:
            if options["report"]:
                options["report"].write_text(outcome.as_json, encoding="utf-8")

    def _handle(self, options: Mapping[str, Any], outcome: Outcome) -> None:
        refused_rows = options["refused"] if options["skip_bad_rows"] else None
        try:
            with ExitStack() as stack:
                shop = self.open_shop(stack, options, outcome.plan)
                if shop is not None and not options["dry_run"] and self._asks(options):
                    self._import(shop, options, outcome, is_dry=True)
                    self._print_plan(outcome, None)
                    if input(_("Import? [y/N]") + " ").strip().lower() not in ("y", "yes"):
                        self.stdout.write(_("Nothing was imported."))
                        return
                self._import(shop, options, outcome, is_dry=options["dry_run"])
        except ImportRefused as refusal:
            outcome.problems = refusal.problems
            for line in outcome.plan.sentences():
                self.stdout.write(line)
            raise
        report = outcome.report
        assert report is not None
        if not report.files and not outcome.plan.recognised:
            nothing = _("There is no file to import in “{path}”. Nothing was imported.")
            message = nothing.format(path=options["paths"][0])
            raise CommandError("\n".join([*ignored_files(report), message]))
        self._print_plan(outcome, None if options["dry_run"] else refused_rows)
        if options["dry_run"]:
            self.stdout.write(_("This was a dry run: nothing was imported."))

    @staticmethod
    def _asks(options: Mapping[str, Any]) -> bool:
        return not options["yes"] and sys.stdin is not None and sys.stdin.isatty()

    @contextmanager
    def show_progress(self) -> Iterator[OnProgress | None]:
        """Show during the block, on a terminal, how far each file or table is read."""
        with progress_bar(cast(TextIO, self.stderr._out)) as progress:
            yield progress

    def open_shop(
        self, stack: ExitStack, options: Mapping[str, Any], plan: ImportPlan
    ) -> ConvertedShop | None:
        """Return the shop from the first reader that recognises a file; None for a folder of ours.

        Raises CommandError where no reader recognises any of several paths.
        """
        with self.show_progress() as progress:
            shop = stack.enter_context(open_files(options["paths"], options, plan, progress))
        if shop is not None:
            return shop
        if len(options["paths"]) > 1:
            message = _("None of these files is recognised; of files of our own, name one folder.")
            raise CommandError(message)
        return None

    def _import(
        self,
        shop: ConvertedShop | None,
        options: Mapping[str, Any],
        outcome: Outcome,
        *,
        is_dry: bool,
    ) -> None:
        """Import, or find out what an import would do; leave the report in `outcome`."""
        with self.show_progress() as progress:
            run_import(
                shop,
                options["paths"][0] if shop is None else shop.directory,
                outcome,
                is_dry=is_dry,
                skip_bad_rows=options["refused"] if options["skip_bad_rows"] else None,
                lock_empty_tables=options["lock_empty_tables"],
                progress=progress,
            )

    def _print_plan(self, outcome: Outcome, refused_rows: Path | None) -> None:
        for line in outcome.plan.sentences():
            self.stdout.write(line)
        for problem in outcome.problems[:PROBLEMS_SHOWN]:
            self.stdout.write(str(problem))
        assert outcome.report is not None
        self.print_end(outcome.report, refused_rows)
