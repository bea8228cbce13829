"""Websites whose storefront reports the behaviour of visitors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Website


class TrackingSite(models.Model):
    """The keys of a website's storefront.

    `key` is public, in the storefront's pages; with `secret` the shop's server signs the number of
    the logged-in customer. The secret is stored in plain text, since it computes signatures.
    """

    website = models.OneToOneField(
        Website, models.CASCADE, related_name="tracking_site", verbose_name=_("website")
    )
    key = models.CharField(_("key"), max_length=64, unique=True)
    secret = models.CharField(max_length=128)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefronts")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
