"""`manage.py preview_segment`: a tree in, count and sentence out; nothing is stored."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.language.errors import InvalidTree
from segments.insight.preview import PreviewFailed, preview
from segments.management.arguments import clock


class Command(BaseCommand):
    help = "Count whom the rule tree in FILE (JSON; - is standard input) chooses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--as-of", type=clock, metavar="T")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = preview(_read(options["file"]), as_of=options["as_of"])
        except InvalidTree as error:
            raise CommandError("\n".join(str(problem) for problem in error.problems)) from error
        except PreviewFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(found.sentence)
        for warning in found.warnings:
            self.stderr.write(_("Warning: %(warning)s") % {"warning": warning})
        if found.count is not None:
            self.stdout.write(
                ngettext("%(count)d customer", "%(count)d customers", found.count)
                % {"count": found.count}
            )
        elif found.estimate is not None:
            self.stdout.write(
                _("about %(count)d customers (estimated)") % {"count": found.estimate}
            )
        else:
            self.stdout.write(_("Counting took too long."))


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
