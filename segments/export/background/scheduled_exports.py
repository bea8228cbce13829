"""Scheduled exports as a resource: the fields that may be written, and the responsible user."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.parsing import TextField
from core.clock import now
from core.problems import Invalid, Problem
from core.resources.fields import RowField
from core.resources.resource import Saved
from core.resources.serializers import ResourceSerializer, checks
from segments.audit import SCHEDULED_EXPORT
from segments.engine.members.change_log import CursorTooOld, latest_cursor
from segments.export.background.destinations import is_folder
from segments.export.background.schedule import contents_of
from segments.export.contents import ExportRefused, check, problems_of
from segments.models import ScheduledExport, Segment
from segments.rules.users import NamesSegments


class ScheduledExportSerializer(ResourceSerializer):
    """An export that is made again and again; `columns` null are the usual ones."""

    passed_over = (*ResourceSerializer.passed_over, "responsible")

    segment = RowField(of=Segment, unknown="unknown_segment")
    columns = serializers.ListField(
        child=TextField(max_length=255), default=None, allow_null=True, max_length=1_000
    )

    class Meta:
        model = ScheduledExport
        fields: ClassVar = [
            *("id", "name", "segment", "is_delta", "target", "format", "columns", "raw", "bom"),
            *("schedule", "destination", "folder", "is_active", "version"),
        ]

    @checks("is_delta")
    def changes_begin_now(self, export: ScheduledExport) -> None:
        """Start at the newest change where the export did not deliver changes before."""
        if self.instance is None or (export.is_delta and not self.instance.is_delta):
            export.cursor = latest_cursor()

    @checks("format", "columns", "target", "bom", "is_delta")
    def file_can_be_written(self, export: ScheduledExport) -> Iterator[Problem]:
        yield from problems_of(contents_of(export))

    @checks("destination")
    def destination_is_set_up(self, export: ScheduledExport) -> Iterator[Problem]:
        name = export.destination
        if name in settings.EXPORT_DESTINATIONS:
            return
        text = _("The destination “%(name)s” is not set up.") % {"name": name}
        if self.instance is not None and self.instance.destination == name:
            self.warn("destination", "unknown_choice", text)
        else:
            yield Problem("destination", "unknown_choice", text)

    @checks("folder")
    def folder_is_below_the_destination(self, export: ScheduledExport) -> Iterator[Problem]:
        if not is_folder(export.folder):
            text = _("Letters, digits, “-”, “_” and “.”, with slashes between folders.")
            yield Problem("folder", "invalid", text)


class ScheduledExports(NamesSegments):
    """All scheduled exports; the user who saves an export becomes responsible for it."""

    serializer = ScheduledExportSerializer
    subject = SCHEDULED_EXPORT
    identity = "pk"

    def rows(self) -> Any:
        return super().rows().select_related("segment", "responsible")

    def document_of(self, row: ScheduledExport) -> dict[str, Any]:
        return {**super().document_of(row), "responsible": row.responsible.get_username()}

    def store(self, serializer: ResourceSerializer, *, author: Any) -> Saved:
        """Store the export with `author` as the responsible user, even if nothing else changes."""
        row: Any = serializer.row
        if author is not None:
            row.responsible = author
        return super().store(serializer, author=author)

    def before_save(self, row: ScheduledExport, *, author: Any) -> None:
        if row._state.adding:
            row.created_at = now()
        self.check_allowed(row, author)

    def check_allowed(self, row: ScheduledExport, author: Any) -> None:
        """Raise Invalid where `author` (None: a command) could not run this export now."""
        try:
            check(row.segment, contents_of(row), author)
        except PermissionDenied as error:
            text = _("You may not export this yourself.")
            raise Invalid([Problem("", "forbidden", text)]) from error
        except (ExportRefused, CursorTooOld) as error:
            raise Invalid([Problem("", "refused", str(error))]) from error


SCHEDULED_EXPORTS = ScheduledExports()
