"""Abstract models of rows that a resource writes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ResourceVersion(models.Model):
    """The complete definition of a row at one version, from which the row can be restored.

    A subclass adds the foreign key to the row, with the related name `versions`.
    """

    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("saved"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.number)
