"""The places of shop snapshots, so that erasures find them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """A place that has a shop snapshot, or to which one is being written.

    The row is committed before an export begins to read, so that changes from then on can be kept
    for queries of the files. `as_of` is the time of the stored snapshot, null while there is none
    or while it is not known which customers have changed since. Where `began_at` is later than the
    stored snapshot was written, that export is under way or has ended without a result.
    """

    location = models.TextField(_("place"), unique=True)
    began_at = models.DateTimeField(_("export began"))
    as_of = models.DateTimeField(_("as of"), null=True)
    finished_at = models.DateTimeField(_("export finished"), null=True)
    rows = models.BigIntegerField(_("rows"), null=True)
    bytes = models.BigIntegerField(_("bytes"), null=True)

    class Meta:
        verbose_name = _("shop snapshot")
        verbose_name_plural = _("shop snapshots")

    def __str__(self) -> str:
        return self.location
