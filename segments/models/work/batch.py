"""Temporary tables of customers, each of which exists for one transaction."""

from django.db import models


class BatchCustomer(models.Model):
    """A customer of a batch, and the reason to evaluate them (see `segments.engine.batch`)."""

    customer_id = models.BigIntegerField(primary_key=True)
    reason = models.CharField(max_length=16)
    # The number of a deleted customer, for the change log.
    external_id = models.CharField(max_length=64, null=True)

    class Meta:
        managed = False
        db_table = "segment_batch"

    def __str__(self) -> str:
        return str(self.customer_id)


class FoundCustomer(models.Model):
    """A customer that an engine found to match (see `engine.refreshes.snapshot_engine`)."""

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
