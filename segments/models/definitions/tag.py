"""Tags: words by which people find their segments again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import FoldedTextField, FoldingModel
from segments.models.definitions.segment import Segment


class SegmentTag(FoldingModel):
    """A tag of a segment; only `segments.editing.tagging` writes tags."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="tags", db_index=False, verbose_name=_("segment")
    )
    tag = models.CharField(_("tag"), max_length=64)
    tag_folded = FoldedTextField("tag")

    class Meta:
        verbose_name = _("tag of a segment")
        verbose_name_plural = _("tags of segments")
        ordering = ["tag_folded"]
        constraints = [
            models.UniqueConstraint(fields=["segment", "tag_folded"], name="segment_tag_once")
        ]
        indexes = [models.Index(fields=["tag_folded", "segment"], name="segment_tag_idx")]

    def __str__(self) -> str:
        return self.tag
