"""The change log: who entered and left which segment, and how its size went."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.run import ChangeReason, RefreshRun
from segments.models.segment import Segment


class ChangeKind(models.TextChoices):
    """Which way a customer went."""

    ENTERED = "entered", _("entered")
    LEFT = "left", _("left")


class MembershipChange(models.Model):
    """That a customer entered or left a segment: exactly one row for each change, in order."""

    sequence = models.BigAutoField(primary_key=True)
    # Not checked for each row, for the same reason as a membership's.
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
        verbose_name=_("segment"),
    )
    # Plain values, no reference: what happened stays true when the customer is deleted. Both are
    # null when the customer is erased.
    customer_id = models.BigIntegerField(null=True)
    customer_external_id = models.CharField(_("customer number"), max_length=64, null=True)
    kind = models.CharField(_("kind"), max_length=16, choices=ChangeKind.choices)
    reason = models.CharField(_("reason"), max_length=16, choices=ChangeReason.choices)
    at = models.DateTimeField(_("at"))
    # Nor here: a run may be purged before its changes.
    run = models.ForeignKey(
        RefreshRun,
        models.DO_NOTHING,
        null=True,
        related_name="changes",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("membership change")
        verbose_name_plural = _("membership changes")
        indexes = [
            models.Index(fields=["segment", "sequence"], name="change_segment_idx"),
            models.Index(fields=["customer_id", "sequence"], name="change_customer_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_external_id} {self.kind}"


class SegmentSize(models.Model):
    """How many members a segment had at the end of a day of the shop, and how many came and went.

    Days on which nothing changed may be missing.
    """

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="sizes", db_index=False, verbose_name=_("segment")
    )
    day = models.DateField(_("day"))
    members_count = models.PositiveBigIntegerField(_("members"))
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("segment size")
        verbose_name_plural = _("segment sizes")
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="size_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.day}: {self.members_count}"
