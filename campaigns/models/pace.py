"""What senders agree by on how many mails leave in a minute."""

from django.db import models


class Pace(models.Model):
    """One row, which a sender locks while it takes its turn."""


class HandOver(models.Model):
    """That a mail left at that time; kept for a little more than a minute."""

    at = models.DateTimeField(db_index=True)
