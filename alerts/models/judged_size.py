"""Records of the daily judgement: the sizes as they were judged, and the times of imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models import Segment


class JudgedSize(models.Model):
    """The size of a segment on a day of the shop, as it was when the day was judged.

    Sizes at the end of a day (`SegmentSize`) would shift the rhythm of the week by a day.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    members = models.PositiveBigIntegerField(_("members"))
    at = models.DateTimeField(_("at"))
    # Whether the size had left its habit, and nobody has called that usual.
    is_alarm = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("judged size")
        verbose_name_plural = _("judged sizes")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="judged_once")]
        indexes = [models.Index(fields=["day"], name="judged_day_idx")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.day}: {self.members}"


class NoticedImport(models.Model):
    """An import of the shop that changed rows, with the time of its commit."""

    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("noticed import")
        verbose_name_plural = _("noticed imports")
        default_permissions = ()

    def __str__(self) -> str:
        return self.at.isoformat()
