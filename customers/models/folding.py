"""The version of the folding that the stored folded columns were made with."""

from django.db import models


class StoredFolding(models.Model):
    """One row: the version of the folding that all folded columns have (`customers.refolding`)."""

    version = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.version
