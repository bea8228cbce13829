"""`manage.py apply_definitions`: applies the definitions in files, or a stored plan of them."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from segments.as_code.applying import ApplyRefused, apply_plan, directory_of
from segments.as_code.carrying_out import StateChanged
from segments.as_code.files import InvalidFiles, read_directory
from segments.as_code.plan_json import UnreadablePlan, read_plan
from segments.as_code.planning import plan_of
from segments.management.definitions import DefinitionsCommand

STATE_CHANGED = 3


class Command(DefinitionsCommand):
    help = (
        "Make the segments what the files in DIR, or the PLAN of plan_definitions --out, say: all "
        "of it or nothing. Exit 0: done, 1: an error or refused, 3: a segment has changed since "
        "PLAN."
    )
    metavar = "DIR or PLAN"
    refusals = (InvalidFiles, ApplyRefused, UnreadablePlan, OSError)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--delete", action="store_true", help="delete the project's segments without a file"
        )
        parser.add_argument(
            "--overwrite-drift",
            action="store_true",
            help="overwrite what others have saved since the last apply",
        )

    def carry_out(self, options: dict[str, Any]) -> None:
        try:
            self._apply(options)
        except StateChanged as error:
            raise CommandError(str(error), returncode=STATE_CHANGED) from error

    def _apply(self, options: dict[str, Any]) -> None:
        path = options["path"]
        stored = None if path.is_dir() else read_plan(path.read_bytes())
        directory = read_directory(path) if stored is None else directory_of(stored)
        shown = plan_of(directory, members=False, expected=stored.states if stored else None)
        self.show(shown, members=False)
        if not options["yes"]:
            self._ask()
        result = apply_plan(
            shown,
            delete=options["delete"],
            overwrite_drift=options["overwrite_drift"],
        )
        left = [one.segment.code for one in result.missing]
        if left and not options["delete"]:
            message = _("Not deleted without --delete: %(codes)s.")
            self.stdout.write(message % {"codes": ", ".join(left)})
        self.stdout.write(_("Applied."))

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            raise CommandError(_("Say --yes to apply this."))
        self.stdout.write(_("Type “yes” to apply this:"), ending=" ")
        self.stdout.flush()
        if sys.stdin.readline().strip() != "yes":
            raise CommandError(_("Nothing was applied."))
