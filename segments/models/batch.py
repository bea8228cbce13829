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


class FoundCustomer(models.Model):
    """A customer whom an engine has found (see `segments.engine.elsewhere`)."""

    customer_id = models.BigIntegerField(primary_key=True)

    class Meta:
        managed = False
        db_table = "segment_found"

    def __str__(self) -> str:
        return str(self.customer_id)


class LaterCustomer(models.Model):
    """A customer who has changed since a snapshot (see `segments.engine.since_snapshot`)."""

    customer_id = models.BigIntegerField(primary_key=True)

    class Meta:
        managed = False
        db_table = "segment_later"

    def __str__(self) -> str:
        return str(self.customer_id)
