"""`manage.py preview_segment`: counts the customers of a tree or sentence, and stores nothing."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.errors import InvalidTree
from conditions.reading import Unread, read_sentence
from core.commands import clock
from segments.insight.previews.preview import PreviewFailed, preview


class Command(BaseCommand):
    help = (
        "Count whom the rule tree in FILE (JSON; - is standard input), or a sentence in the words "
        "of merchants, chooses."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?")
        parser.add_argument("--say", metavar="TEXT", help="A merchant's words instead of a tree.")
        parser.add_argument("--as-of", type=clock, metavar="T")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["file"] is None) == (options["say"] is None):
            raise CommandError("Give either FILE or --say TEXT.")
        tree = (
            _read(options["file"])
            if options["say"] is None
            else self._first_reading(options["say"])
        )
        try:
            found = preview(tree, as_of=options["as_of"])
        except InvalidTree as error:
            raise CommandError("\n".join(str(problem) for problem in error.problems)) from error
        except PreviewFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(found.sentence)
        for warning in found.warnings:
            self.stderr.write(_("Warning: %(warning)s") % {"warning": warning})
        if found.engine:
            self.stdout.write(
                _("As of %(moment)s, from the shop snapshot:")
                % {"moment": found.as_of.isoformat(timespec="seconds")}
            )
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

    def _first_reading(self, text: str) -> dict[str, Any]:
        """Return the first reading of `text`.

        Raises CommandError where a part of it is not understood.
        """
        try:
            found = read_sentence(text)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if found.unread or not found.readings:
            raise CommandError("\n".join(_unread(part) for part in found.unread) or _nothing())
        for other in found.readings[1:]:
            self.stderr.write(_("It could mean, too: %(sentence)s") % {"sentence": other.sentence})
        return found.readings[0].conditions


def _unread(part: Unread) -> str:
    said = _("Not understood: “%(text)s”.") % {"text": part.text}
    if not part.offers:
        return said
    offers = ", ".join(f"“{offer}”" for offer in part.offers)
    return said + " " + _("Perhaps: %(offers)s.") % {"offers": offers}


def _nothing() -> str:
    return _("That says nothing about customers.")


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
