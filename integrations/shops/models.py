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
    # The codes of segments that were imported, by their numbers in the shop.
    segments = models.JSONField(_("segments"), default=dict, blank=True)

    class Meta:
        verbose_name = _("source of shop data")
        verbose_name_plural = _("sources of shop data")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class SourceRow(models.Model):
    """Remembers that a source has a customer or a cart, so that what is gone there goes here.

    `row` is the primary key of the customer or cart; rows of customers and carts that are no more
    are removed by the next import.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        CART = "cart", _("cart")

    source = models.ForeignKey(ShopSource, models.CASCADE, verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    row = models.BigIntegerField(_("row"))

    class Meta:
        verbose_name = _("row of a source")
        verbose_name_plural = _("rows of a source")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row", "source"], name="shops_one_row_of_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"
