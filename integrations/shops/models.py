"""The sources whose rows are in the database."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ShopSource(models.Model):
    """A name under which identifiers of customers, orders and so on mean the same things.

    Identifiers of a source are stored behind `prefix` and a colon, codes behind `prefix` and a
    hyphen; without a prefix as they are.
    """

    name = models.CharField(_("source"), max_length=64, unique=True)
    prefix = models.CharField(_("prefix"), max_length=32, blank=True, default="")
    first_import_at = models.DateTimeField(_("first import"))
    last_import_at = models.DateTimeField(_("last import"))

    class Meta:
        verbose_name = _("source of shop data")
        verbose_name_plural = _("sources of shop data")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
