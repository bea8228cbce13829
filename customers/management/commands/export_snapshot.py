"""`manage.py export_snapshot`: the shop's tables as Parquet files, for other engines."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import whole_number
from customers.imports.terminal import INTERRUPTED, progress_bar
from customers.snapshots.checking import OnFile, check_contents
from customers.snapshots.errors import SnapshotError
from customers.snapshots.exporting import MOST_STREAMS, OnProgress, export_snapshot, usual_streams
from customers.snapshots.manifest import Manifest
from customers.snapshots.snapshot_deletion import forget_snapshot

_WRITTEN = gettext_lazy(
    "As of %(as_of)s: %(rows)s rows of %(tables)s tables in %(files)s files, %(reused)s of them as"
    " before"
)
_CHECKED = gettext_lazy(
    "As of %(as_of)s: %(rows)s rows of %(tables)s tables in %(files)s files: all as they were"
    " written"
)
# So often, in seconds, a line says how far it is where there is no terminal.
LINES_EVERY = 10.0


class Command(BaseCommand):
    help = _("Writes the shop's tables as Parquet files of one moment, for other engines.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "directory", metavar="DIRECTORY", help=_("a directory, or an address such as s3://...")
        )
        parser.add_argument(
            "--streams",
            type=whole_number(1, MOST_STREAMS),
            metavar="N",
            help=_(
                "connections that read at once, at most %(most)s (default: the cores, %(usual)s)"
            )
            % {"most": MOST_STREAMS, "usual": usual_streams()},
        )
        other = parser.add_mutually_exclusive_group()
        other.add_argument(
            "--forget",
            action="store_true",
            help=_("delete the shop snapshot that is there, and write none"),
        )
        other.add_argument(
            "--check",
            action="store_true",
            help=_("read the shop snapshot that is there as a whole: is it as it was written?"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, check or delete the shop snapshot.

        Raises CommandError (exit status 1, or `INTERRUPTED` after Ctrl-C and SIGTERM) where that
        fails; the snapshot at the place stays whole.
        """
        try:
            if options["forget"]:
                count = forget_snapshot(options["directory"])
                self.stdout.write(_("%(count)s files were deleted.") % {"count": f"{count:,}"})
                return
            if options["check"]:
                self._say(_CHECKED, check_contents(options["directory"], self._files()))
                return
            with _ended_by_sigterm(), self._progress() as progress:
                written = export_snapshot(
                    options["directory"], streams=options["streams"], progress=progress
                )
        except (SnapshotError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            # As late as while what the new one replaces is deleted.
            message = _("Interrupted. The shop snapshot is whole: as it was, or the new one.")
            raise CommandError(message, returncode=INTERRUPTED) from interrupt
        self._say(_WRITTEN, written.manifest, reused=f"{written.reused:,}")

    def _say(self, text: object, manifest: Manifest, **more: str) -> None:
        said = {
            "as_of": manifest.as_of.isoformat(timespec="seconds"),
            "rows": f"{sum(table.rows for table in manifest.tables.values()):,}",
            "tables": len(manifest.tables),
            "files": f"{len(manifest.files):,}",
            **more,
        }
        self.stdout.write(str(text) % said)

    def _files(self) -> OnFile:
        told = [monotonic()]

        def tell(count: int, wanted: int) -> None:
            if monotonic() - told[0] >= LINES_EVERY:
                told[0] = monotonic()
                said = {"count": f"{count:,}", "wanted": f"{wanted:,}"}
                self.stderr.write(_("%(count)s of %(wanted)s files") % said)

        return tell

    @contextmanager
    def _progress(self) -> Iterator[OnProgress]:
        """Show how far each table is: as bars on a terminal, otherwise as a line now and then."""
        with progress_bar(cast(TextIO, self.stderr._out)) as bars:
            yield bars or self._lines()

    def _lines(self) -> OnProgress:
        known: dict[str, tuple[int, int]] = {}
        told = [monotonic()]

        def tell(table: str, rows: int, wanted: int) -> None:
            known[table] = rows, wanted
            if monotonic() - told[0] >= LINES_EVERY:
                told[0] = monotonic()
                text = _("%(table)s: %(rows)s of %(wanted)s rows")
                for name, (done, all_) in known.items():
                    if 0 < done < all_:
                        counts = {"rows": f"{done:,}", "wanted": f"{all_:,}"}
                        self.stderr.write(text % {"table": name, **counts})

        return tell


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Have SIGTERM end the block as Ctrl-C does, so that it deletes what it has written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)
