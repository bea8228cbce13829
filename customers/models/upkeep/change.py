"""Customers to evaluate again and texts to check, as triggers mark them; the folding's version."""

from django.db import models


class DirtyReason(models.TextChoices):
    """Why a customer has to be evaluated again."""

    EVENT = "event"
    # A computed value of the customer has changed.
    SCORE = "score"
    TIME = "time"
    # The customer entered or left a segment that other segments refer to, because a user included
    # or excluded the customer or changed the segment's definition.
    MANUAL = "manual"
    DEFINITION = "definition"


class DirtyCustomer(models.Model):
    """A mark that something about a customer has changed; inserted only, deleted when processed.

    Triggers insert these rows (`customers.changes`) in the transaction of the change. `customer_id`
    is null where the change may concern every customer: the tree of categories, a time zone. With a
    `segment_id` the mark concerns only that segment, and no data has changed. Otherwise the mark
    concerns everything that reads `source_table` (null: any table) and in that table one of
    `source_columns` (names with commas between them; null: any column, since a row is new or
    deleted). Neither id is a foreign key, since a mark outlives the customer and the segment.
    `external_id` is the number of a deleted customer. `is_rolled_up`: the roll-up already includes
    the change.
    """

    customer_id = models.BigIntegerField(null=True)
    segment_id = models.BigIntegerField(null=True)
    source_table = models.TextField(null=True)
    source_columns = models.TextField(null=True)
    reason = models.CharField(max_length=16, choices=DirtyReason.choices)
    external_id = models.TextField(null=True)
    is_rolled_up = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer_id", "segment_id"], name="dirty_customer_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id}, {self.segment_id}"


class UncheckedText(models.Model):
    """A row to be checked, since its folded columns do not seem to match its texts.

    SQL that bypasses the models leaves such rows behind; `customers.refolding` corrects them.
    """

    table = models.CharField(max_length=128)
    row_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class StoredFolding(models.Model):
    """One row: the version of the folding that all folded columns have (`customers.refolding`)."""

    version = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.version
