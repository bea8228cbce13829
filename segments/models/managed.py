"""Segments that are managed as code: by which project, and as it was last applied."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.segment import Segment


class ManagedSegment(models.Model):
    """The project that manages a segment; written by `segments.as_code` only."""

    segment = models.OneToOneField(
        Segment, models.CASCADE, related_name="managed", verbose_name=_("segment")
    )
    project = models.CharField(_("project"), max_length=64, db_index=True)
    # The version of the segment after the last apply: another one now is drift.
    version = models.PositiveIntegerField(_("version"))
    # As the file had it at the last apply: such a segment is never deleted by a missing file.
    protect = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("segment managed as code")
        verbose_name_plural = _("segments managed as code")

    def __str__(self) -> str:
        return f"{self.project}: {self.segment_id}"
