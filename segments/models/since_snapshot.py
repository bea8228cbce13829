"""Who has changed since shop snapshots were taken."""

from datetime import datetime

from django.db import models

from segments.models.watermark import OVERLAP


class ChangedSinceSnapshotQuerySet(models.QuerySet["ChangedSinceSnapshot"]):
    """What is asked of them."""

    def since(self, as_of: datetime) -> "ChangedSinceSnapshotQuerySet":
        """Return those that a snapshot of `as_of` (aware) may not have."""
        return self.filter(at__gte=as_of - OVERLAP)

    def concern_everybody(self) -> bool:
        """Return whether something about all customers is among what has changed."""
        return self.filter(customer_id=None).exists()


class ChangedSinceSnapshot(models.Model):
    """That a customer's mark was taken off the queue at `at`, while there is a shop snapshot.

    Only ever added, several of one customer too, and removed when a newer snapshot has the change.
    `customer_id` is null where everybody may have changed. It is no foreign key: the row outlives
    the customer.
    """

    customer_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    objects = ChangedSinceSnapshotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="changed_since_at_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.at}"
