"""The customers who are being looked at, as a temporary table of one transaction."""

from django.db import models


class BatchCustomer(models.Model):
    """A customer of the batch, and why they are looked at (see `segments.engine.batch`)."""

    customer_id = models.BigIntegerField(primary_key=True)
    reason = models.CharField(max_length=16)
    # The number of one who is deleted; the change log still names them.
    external_id = models.CharField(max_length=64, null=True)

    class Meta:
        managed = False
        db_table = "segment_batch"

    def __str__(self) -> str:
        return str(self.customer_id)
