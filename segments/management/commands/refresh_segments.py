"""`manage.py refresh_segments`: brings stored members up to date now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.engines.engine import MODULES, EngineMissing, engine
from core.commands import clock
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import read_manifest
from segments.engine.dependents import in_dependency_order
from segments.engine.refreshes.runs import SegmentInactive
from segments.engine.refreshes.snapshot_engine import Elsewhere, unknown_codes
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
        parser.add_argument(
            "--engine", choices=sorted(MODULES), help="find the members on this engine"
        )
        parser.add_argument(
            "--snapshot",
            metavar="DIRECTORY",
            help="the shop snapshot that the engine reads (see export_snapshot)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["codes"]) == options["all"]:
            raise CommandError(_("Name segments, or say --all."))
        where = _where(options)
        segments = (
            list(Segment.objects.filter(is_active=True))
            if options["all"]
            else segments_by_code(options["codes"])
        )
        if where is None and (unknown := unknown_codes()):
            text = _("REFRESH_ENGINE_SEGMENTS: no segment is called %(codes)s")
            self.stderr.write(text % {"codes": ", ".join(sorted(unknown))})
        failed = [
            segment.code
            for segment in in_dependency_order(segments)
            if not self._refresh(segment, options["as_of"], where)
        ]
        if failed:
            raise CommandError(_("Failed: %(codes)s") % {"codes": ", ".join(failed)})

    def _refresh(self, segment: Segment, as_of: Any, where: Elsewhere | None) -> bool:
        try:
            run = refresh_segment(segment, as_of=as_of, where=where)
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
        if where is not None and not run.engine:
            self.stdout.write(
                _("%(code)s: found in the database, not by %(engine)s; the log says why")
                % {"code": segment.code, "engine": where.engine}
            )
        return True


def _where(options: dict[str, Any]) -> Elsewhere | None:
    name, snapshot = options["engine"], options["snapshot"] or settings.SHOP_SNAPSHOT
    if name is None:
        if options["snapshot"]:
            raise CommandError(_("Name an engine for the snapshot: --engine duckdb."))
        return None
    if options["as_of"] is not None:
        raise CommandError(_("A snapshot has an instant of its own: leave out --as-of."))
    if not snapshot:
        raise CommandError(_("Say where the snapshot is: --snapshot DIRECTORY."))
    try:
        engine(name)
        read_manifest(snapshot)
    except (EngineMissing, SnapshotError) as error:
        raise CommandError(str(error)) from error
    return Elsewhere(name, snapshot, required=True)
