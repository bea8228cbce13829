"""`manage.py export_definitions`: segments as files, to be kept under version control."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.as_code.exporting import WouldOverwrite, export_files
from segments.management.arguments import segments_by_code
from segments.management.definitions import DefinitionsCommand
from segments.models import Segment


class Command(DefinitionsCommand):
    help = (
        "Write the definitions of the segments CODE..., or all, into the directory DIR: "
        "tranche.yaml and segments/CODE.yaml. Exit 1, and nothing is written, where a file that "
        "differs would be overwritten."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("codes", metavar="CODE", nargs="*")
        parser.add_argument("--all", action="store_true", help="every segment (the default)")
        parser.add_argument("--force", action="store_true", help="overwrite files that differ")

    def carry_out(self, options: dict[str, Any]) -> None:
        codes = options["codes"]
        if codes and options["all"]:
            raise CommandError(_("Name segments, or say --all."))
        segments = segments_by_code(codes) if codes else list(Segment.objects.order_by("code"))
        try:
            written = export_files(segments, options["path"], force=options["force"])
        except WouldOverwrite as error:
            message = _("Not written, since these differ (--force overwrites files):")
            raise CommandError(f"{message}\n{error}") from error
        count = len(written)
        said = ngettext("%(count)d file written.", "%(count)d files written.", count)
        self.stdout.write(said % {"count": count})
