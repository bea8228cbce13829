"""Segments that are managed as code: their project, and the state of the last apply."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.definitions.segment import Segment


class ManagedSegment(models.Model):
    """The project that manages a segment; written by `segments.as_code` only."""

    segment = models.OneToOneField(
        Segment, models.CASCADE, related_name="managed", verbose_name=_("segment")
    )
    project = models.CharField(_("project"), max_length=64, db_index=True)
    # The version of the segment after the last apply; a different current version is drift.
    version = models.PositiveIntegerField(_("version"))
    # From the file at the last apply: a protected segment is not deleted when its file is missing.
    protect = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("segment managed as code")
        verbose_name_plural = _("segments managed as code")

    def __str__(self) -> str:
        return f"{self.project}: {self.segment_id}"
