"""`manage.py refresh_segments`: brings stored members up to date now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.arguments import clock
from segments.engine.dependents import in_dependency_order
from segments.engine.runs import SegmentInactive
from segments.management.arguments import segments_by_code
from segments.models import RunState, Segment
from segments.refresh import refresh_segment


class Command(BaseCommand):
    help = "Refresh the segments CODE..., or with --all every active one. Exit 1 if any failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("codes", metavar="CODE", nargs="*")
        parser.add_argument("--all", action="store_true", help="every active segment")
        parser.add_argument(
            "--as-of", type=clock, metavar="T", help="the instant at which conditions are judged"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["codes"]) == options["all"]:
            raise CommandError(_("Name segments, or say --all."))
        segments = (
            list(Segment.objects.filter(is_active=True))
            if options["all"]
            else segments_by_code(options["codes"])
        )
        failed = [
            segment.code
            for segment in in_dependency_order(segments)
            if not self._refresh(segment, options["as_of"])
        ]
        if failed:
            raise CommandError(_("Failed: %(codes)s") % {"codes": ", ".join(failed)})

    def _refresh(self, segment: Segment, as_of: Any) -> bool:
        try:
            run = refresh_segment(segment, as_of=as_of)
        except SegmentInactive as error:
            self.stderr.write(f"{segment.code}: {error}")
            return False
        if run.state != RunState.COMPLETED:
            self.stderr.write(f"{segment.code}: {run.error}")
            return False
        self.stdout.write(
            ngettext(
                "%(code)s: %(total)d member, %(entered)d entered, %(left)d left",
                "%(code)s: %(total)d members, %(entered)d entered, %(left)d left",
                run.total or 0,
            )
            % {
                "code": segment.code,
                "total": run.total,
                "entered": run.entered,
                "left": run.left,
            }
        )
        return True
