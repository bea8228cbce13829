"""Who waits for a new score because something about them has changed."""

from django.db import models


class WaitingCustomer(models.Model):
    """That a customer's data has changed since they were scored; removed when they are again.

    Not a foreign key: it outlives whom it is about, and says nothing about them.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="waiting_customer_idx")]

    def __str__(self) -> str:
        return str(self.customer_id)
