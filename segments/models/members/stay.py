"""The periods during which customers were members, derived from the change log."""

from django.db import models

from customers.models import Customer
from segments.models.definitions.segment import Segment


class Stay(models.Model):
    """One period during which a customer was a member: a row of a view of the change log.

    `segments.database.stays` defines the view. Rows of the view whose `is_stay` is false are no
    stays.
    """

    # The sequence number of the log entry; negative where the log no longer has a member's entry.
    id = models.BigIntegerField(primary_key=True)
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+")
    # Missing where the log no longer has the entry.
    entered_at = models.DateTimeField(null=True)
    # Missing while the customer is a member.
    left_at = models.DateTimeField(null=True)
    is_stay = models.BooleanField()

    class Meta:
        managed = False
        db_table = "segments_stay"

    def __str__(self) -> str:
        ends = (one.isoformat() if one else "" for one in (self.entered_at, self.left_at))
        return f"{self.segment.name}: {' – '.join(ends)}"
