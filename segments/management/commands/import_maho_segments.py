"""`manage.py import_maho_segments`: segments of Maho from a JSON file, with a report."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.problems import Problem
from segments.maho.conversion import Change
from segments.maho.document import Document, UnreadableDocument, read_document
from segments.maho.importing import import_segments
from segments.maho.phrases import Negatives
from segments.maho.report import Outcome, Status, as_json


class Command(BaseCommand):
    help = "Import the segments in FILE (JSON of Maho's rows). Exit 1 if any was refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would become of them; write nothing"
        )
        parser.add_argument(
            "--report", metavar="FILE.json", type=Path, help="write the report to this file, too"
        )
        parser.add_argument(
            "--negatives",
            choices=[reading.value for reading in Negatives],
            default=Negatives.COMPLEMENT.value,
            help="how negative operators are read: as the complement of the positive one "
            "(default), or as in Maho, where some row had to be otherwise",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        document = _read(options["file"])
        with _open_report(options["report"]) as report:
            outcomes = import_segments(
                document,
                negatives=Negatives(options["negatives"]),
                dry_run=options["dry_run"],
            )
            if report:
                json.dump(as_json(outcomes), report, ensure_ascii=False, indent=2)
        for outcome in outcomes:
            self._print(outcome)
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was written."))
        refused = sum(outcome.status is Status.REFUSED for outcome in outcomes)
        if refused:
            raise CommandError(
                _("%(refused)d of %(all)d segments refused.")
                % {"refused": refused, "all": len(outcomes)}
            )

    def _print(self, outcome: Outcome) -> None:
        title = f"{outcome.name} ({outcome.code})" if outcome.code else outcome.name
        self.stdout.write(f"{title}: {outcome.status.label}")
        if outcome.sentence:
            self.stdout.write(f"  {outcome.sentence}")
        findings: list[Change | Problem] = [*outcome.changes, *outcome.errors]
        for found in findings:
            place = f"{found.path}: " if found.path else ""
            self.stdout.write(f"  {place}{found.message}")
        for warning in outcome.warnings:
            self.stdout.write("  " + _("Warning: %(warning)s") % {"warning": warning})


def _read(file: Path) -> Document:
    try:
        return read_document(file.read_bytes())
    except (OSError, UnreadableDocument) as error:
        raise CommandError(f"{file}: {error}") from error


@contextmanager
def _open_report(path: Path | None) -> Iterator[TextIO | None]:
    """Open the report before the import; the file gets its name once it is complete."""
    if path is None:
        yield None
        return
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as report:
            yield report
        partial.replace(path)
    except OSError as error:
        raise CommandError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
