"""Notes of customers who have changed since shop snapshots were taken."""

from datetime import datetime

from django.db import models

from segments.models.work.watermark import OVERLAP


class ChangedSinceSnapshotQuerySet(models.QuerySet["ChangedSinceSnapshot"]):
    """Filters for the notes."""

    def since(self, as_of: datetime) -> "ChangedSinceSnapshotQuerySet":
        """Return the notes of changes that a snapshot of `as_of` (aware) may not contain."""
        return self.filter(at__gte=as_of - OVERLAP)

    def concern_everybody(self) -> bool:
        """Return whether a note concerns all customers."""
        return self.filter(customer_id=None).exists()


class ChangedSinceSnapshot(models.Model):
    """A note that a customer's mark was taken off the queue at `at`, while a shop snapshot exists.

    Rows are only inserted, possibly several for a customer, and deleted when a newer snapshot
    contains the change. `customer_id` is null where all customers may have changed; it is no
    foreign key, because the row outlives the customer.
    """

    customer_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    objects = ChangedSinceSnapshotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="changed_since_at_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.at}"
