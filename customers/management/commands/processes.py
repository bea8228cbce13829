"""The command that shows which processes run, and of which version."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core.processes import Process, seen_processes


class Command(BaseCommand):
    help = _("Shows the processes that were seen within the last hour, and their versions.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        found = seen_processes()
        if options["json"]:
            self.stdout.write(json.dumps([_document(one) for one in found], indent=2))
            return
        if not found:
            self.stdout.write(_("No process was seen within the last hour."))
            return
        titles = (
            *(_("role"), _("host"), _("pid"), _("version")),
            *(_("revision"), _("last seen")),
        )
        rows = [titles, *(tuple(map(str, _document(one).values())) for one in found)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _document(one: Process) -> dict[str, Any]:
    return {
        "role": one.role,
        "host": one.host,
        "pid": one.pid,
        "version": one.version,
        "revision": one.revision,
        "seen": one.seen_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
